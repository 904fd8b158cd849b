/** The cache of built files: one build for the same hash, and no half of an entry. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { cached, hashOf } from '../../../scripts/native/build-cache.mjs'

const home = mkdtempSync(join(tmpdir(), 'sluice-cache-'))
const HASH = hashOf(['source'])
let builds = 0
let cache: string

beforeEach(() => {
  builds = 0
  cache = mkdtempSync(join(home, 'xdg-'))
  process.env['XDG_CACHE_HOME'] = cache
})
after(() => rmSync(home, { recursive: true }))

async function build(output: string, work: string): Promise<void> {
  builds++
  writeFileSync(join(work, 'intermediate'), '')
  await nextTurn()
  writeFileSync(join(output, 'library'), '')
}

test('an entry is built once, below XDG_CACHE_HOME, without its intermediate files', async () => {
  const entry = await cached('library', HASH, build)
  assert.equal(await cached('library', HASH, build), entry)
  assert.equal(builds, 1)
  assert.ok(entry.startsWith(join(cache, 'sluice/library-')))
  assert.deepEqual(readdirSync(entry), ['library'])
  assert.equal(readdirSync(join(cache, 'sluice')).length, 1)
})

test('two builds of an entry at once leave one whole entry', async () => {
  const entries = await Promise.all([cached('two', HASH, build), cached('two', HASH, build)])
  assert.equal(entries[0], entries[1])
  assert.deepEqual(readdirSync(entries[0]), ['library'])
  assert.equal(readdirSync(join(cache, 'sluice')).length, 1)
})

test('a build that fails leaves nothing, and the next one starts anew', async () => {
  const fail = async () => {
    throw new Error('no compiler')
  }
  await assert.rejects(cached('library', HASH, fail), /no compiler/)
  assert.deepEqual(readdirSync(join(cache, 'sluice')), [])
  await cached('library', HASH, build)
  assert.equal(builds, 1)
})

test('a cache that cannot be written to is replaced by one in the temporary folder', async () => {
  rmSync(cache, { recursive: true })
  writeFileSync(cache, 'a file')
  const previous = process.env['TMPDIR']
  process.env['TMPDIR'] = join(home, 'tmp')
  mkdirSync(join(home, 'tmp'))
  try {
    const entry = await cached('library', HASH, build)
    assert.ok(entry.startsWith(join(home, 'tmp/sluice-')))
    assert.ok(existsSync(join(entry, 'library')))
  } finally {
    if (previous === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = previous
  }
})

test('the hash tells where one part ends and the next begins', () => {
  assert.notEqual(hashOf(['ab', 'c']), hashOf(['a', 'bc']))
})
