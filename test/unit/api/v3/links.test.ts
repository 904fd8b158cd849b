/** The URLs and names of v3 resources. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Place } from '../../../../src/api/v3/links.ts'

const cluster = Place.ofCluster({ baseUri: 'http://h', resourceNameAuthority: '/a/' }, 'c')

test('slashes at the ends of a name are left out, those within it stay', () => {
  const place = cluster.at(['topics', '//a/b//', '///'], ['topic', '//a/b//'])
  assert.equal(place.url, 'http://h/v3/clusters/c/topics/a/b')
  assert.equal(place.name, 'crn://a/kafka=c/topic=a/b')
  assert.equal(cluster.urlOf(7), 'http://h/v3/clusters/c/7')
})

test('a name of many slashes takes time in proportion to them', () => {
  // Quadratic time would be minutes.
  const name = `x${'/'.repeat(1_000_000)}x`
  assert.equal(cluster.urlOf(name), `http://h/v3/clusters/c/${name}`)
})
