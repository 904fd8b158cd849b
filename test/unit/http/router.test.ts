/** From a method and a path to a route. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Router } from '../../../src/http/router.ts'

const PATHS = [
  ['GET', '/'],
  ['POST', '/'],
  ['GET', '/topics'],
  ['GET', '/topics/{topic_name}'],
  ['POST', '/topics/{topic_name}'],
  ['GET', '/topics/all'],
  ['GET', '/topics/{topic_name}/partitions/{partition_id}'],
  ['DELETE', '/consumers/{group}/instances/{instance}'],
] as const

const router = new Router(PATHS.map(([method, path]) => ({ method, path })))

function found(method: string, path: string): readonly [string, readonly string[]] {
  const match = router.find(method, path)
  assert.equal(match.kind, 'found', `${method} ${path}`)
  return match.kind === 'found' ? [match.target.path, match.params] : ['', []]
}

test('every route is found by its own path', () => {
  for (const [method, path] of PATHS) {
    const given = path.replace(/\{\w+\}/g, 'x')
    assert.equal(found(method, given)[0], path)
  }
})

test('all paths begin with the base', () => {
  const rows: [path: string, expected: string | undefined][] = [
    ['/a/b', '/'],
    ['/a/b/', '/'],
    ['/a/b/topics', '/topics'],
    ['/a/b/topics/', '/topics'],
    ['/a/b/topics/x', '/topics/{topic_name}'],
    ['/a/bb/topics', undefined],
    ['/a/btopics', undefined],
    ['/a', undefined],
    ['/', undefined],
    ['/topics', undefined],
    ['/A/b/topics', undefined],
  ]
  for (const [path, expected] of rows) {
    const match = router.find('GET', path, '/a/b')
    assert.equal(match.kind === 'found' ? match.target.path : undefined, expected, path)
  }
})

test('parameters come in their order, decoded', () => {
  assert.deepEqual(found('GET', '/topics/a%2Fb%20c%25/partitions/0'), [
    '/topics/{topic_name}/partitions/{partition_id}',
    ['a/b c%', '0'],
  ])
})

test('a parameter is decoded to what was encoded', () => {
  const text = fc.string({ unit: 'binary', minLength: 1 }).filter((each) => !each.includes('\0'))
  fc.assert(
    fc.property(text, (name) => {
      fc.pre(name !== 'all')
      assert.deepEqual(found('GET', `/topics/${encodeURIComponent(name)}`)[1], [name])
    }),
  )
})

test('a literal wins over a parameter', () => {
  assert.deepEqual(found('GET', '/topics/all'), ['/topics/all', []])
  assert.deepEqual(found('GET', '/topics/All'), ['/topics/{topic_name}', ['All']])
})

test('HEAD finds what GET does', () => {
  assert.equal(found('HEAD', '/topics')[0], '/topics')
})

test('one slash at the end is tolerated', () => {
  assert.equal(found('GET', '/topics/')[0], '/topics')
  assert.equal(found('GET', '/topics/a/partitions/0/')[1].length, 2)
})

test('another method says which ones there are', () => {
  assert.deepEqual(router.find('PUT', '/topics/a'), {
    kind: 'wrong method',
    allowed: ['GET', 'HEAD', 'POST', 'OPTIONS'],
  })
  assert.deepEqual(router.find('GET', '/consumers/g/instances/i'), {
    kind: 'wrong method',
    allowed: ['DELETE', 'OPTIONS'],
  })
})

for (const path of [
  '/x',
  '/Topics',
  '/topics/a/partitions',
  '/topics/a/b',
  '/%74opics',
  '/consumers',
]) {
  test(`${path} is unknown`, () => {
    assert.deepEqual(router.find('GET', path), { kind: 'unknown' })
  })
}

for (const path of [
  '//',
  '/topics//',
  '/topics//partitions/0',
  '/topics/%',
  '/topics/%zz',
  '/topics/%ff',
  '/topics/a%00b',
]) {
  test(`${path} is no path`, () => {
    assert.deepEqual(router.find('GET', path), { kind: 'malformed' })
  })
}

test('a base is a whole segment of the path', () => {
  const router = new Router([{ method: 'GET', path: '/topics' }])
  const kinds = (path: string) => router.find('GET', path, '/base').kind
  assert.equal(kinds('/base/topics'), 'found')
  for (const path of ['/basetopics', '/base2/topics', '/topics', '/bas', '/basement/topics']) {
    assert.equal(kinds(path), 'unknown', path)
  }
})

test('a literal without the rest of the path gives way to a parameter', () => {
  const paths = ['/topics/-/configs', '/topics/{topic}', '/topics/{topic}/partitions']
  const topics = new Router(paths.map((path) => ({ method: 'GET', path })))
  const rows: [path: string, expected: string | undefined, params: string[]][] = [
    ['/topics/-/configs', '/topics/-/configs', []],
    ['/topics/-', '/topics/{topic}', ['-']],
    ['/topics/-/partitions', '/topics/{topic}/partitions', ['-']],
    ['/topics/x/configs', undefined, []],
  ]
  for (const [path, expected, params] of rows) {
    const match = topics.find('GET', path)
    assert.equal(match.kind === 'found' ? match.target.path : undefined, expected, path)
    if (match.kind === 'found') assert.deepEqual(match.params, params, path)
  }
})

test('a parameter may have a literal behind it', () => {
  const paths = ['/{type}-configs', '/{type}-configs:alter', '/brokers', '/{other}/x']
  const configs = new Router(paths.map((path) => ({ method: 'GET', path })))
  const rows: [path: string, expected: string | undefined, params: string[]][] = [
    ['/broker-configs', '/{type}-configs', ['broker']],
    ['/broker-configs:alter', '/{type}-configs:alter', ['broker']],
    ['/-configs', '/{type}-configs', ['']],
    ['/brokers', '/brokers', []],
    ['/broker-configs/x', '/{other}/x', ['broker-configs']],
    ['/brokerconfigs', undefined, []],
  ]
  for (const [path, expected, params] of rows) {
    const match = configs.find('GET', path)
    assert.equal(match.kind === 'found' ? match.target.path : undefined, expected, path)
    if (match.kind === 'found') assert.deepEqual(match.params, params, path)
  }
})
