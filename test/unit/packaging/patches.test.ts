/** The patches of librdkafka and uWebSockets.js: where they apply, what prevents a build, and what ships upstream. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { patchedLibrdkafka } from '../../../scripts/native/librdkafka.mjs'
import { applyPatches, readPatches } from '../../../scripts/native/patches.mjs'

const PATCHES = join(import.meta.dirname, '../../../native-bindings/librdkafka')
const UWS_PATCHES = join(import.meta.dirname, '../../../native-bindings/uws/patches')
const folder = mkdtempSync(join(tmpdir(), 'sluice-patches-'))
after(() => rmSync(folder, { recursive: true }))

const PATCH = `mend the answer

--- a/src/one.c
+++ b/src/one.c
@@ -1,3 +1,3 @@
 first
-second
+2
 third
`
writeFileSync(join(folder, '0001-answer.patch'), PATCH)
const patches = readPatches(folder)

test('a hunk replaces its text, wherever that is', () => {
  const files = new Map([['src/one.c', 'new first line\nfirst\nsecond\nthird\n']])
  applyPatches(files, patches)
  assert.equal(files.get('src/one.c'), 'new first line\nfirst\n2\nthird\n')
})

test('a hunk without a place, or with two, fails and names the patch and the file', () => {
  const apply = (text: string) => applyPatches(new Map([['src/one.c', text]]), patches)
  const fault = /^Error: 0001-answer\.patch: src\/one\.c has (0|2) places/
  assert.throws(() => apply('first\n2nd\nthird\n'), fault)
  assert.throws(() => apply('first\nsecond\nthird\n'.repeat(2)), fault)
  assert.throws(() => applyPatches(new Map(), patches), /the sources have no src\/one\.c/)
})

test('all of our patches apply, and the library names them', () => {
  const { files, patches: applied } = patchedLibrdkafka()
  const names = readdirSync(PATCHES).map((name) => name.replace(/\.patch$/, ''))
  assert.deepEqual(
    applied.map(({ name }) => name),
    names.sort(),
  )
  assert.ok(files.get('src/rdkafka.c')?.includes(`return "${names.join(',')}";`))
})

test('each patch of uWebSockets.js says what it changes before its first hunk', () => {
  for (const name of readdirSync(UWS_PATCHES).filter((file) => file.endsWith('.patch'))) {
    const [text = ''] = readFileSync(join(UWS_PATCHES, name), 'utf8').split(/^(?:diff|---) /m)
    assert.match(text, /^[A-Z].{40,}\.\n\n$/s, name)
  }
})

test('each patch says what it mends before its first hunk', () => {
  for (const name of readdirSync(PATCHES)) {
    const [text = ''] = readFileSync(join(PATCHES, name), 'utf8').split(/^(?:diff|---) /m)
    assert.match(text, /^\S.{20,}\n\n\S.{40,}\n/, name)
  }
})

test('the hash of the sources does not depend on where they are', () => {
  const copy = join(folder, 'checkout')
  const root = join(import.meta.dirname, '../../..')
  for (const path of [
    'scripts/native',
    'native-bindings/librdkafka',
    'native-bindings/locate.js',
  ]) {
    cpSync(join(root, path), join(copy, path), { recursive: true })
  }
  cpSync(join(root, 'native-bindings/package.json'), join(copy, 'native-bindings/package.json'))
  const rdkafka = 'node_modules/node-rdkafka/deps/librdkafka'
  cpSync(join(root, rdkafka), join(copy, rdkafka), { recursive: true })
  return import(join(copy, 'scripts/native/librdkafka.mjs')).then((other) => {
    assert.equal(other.patchedLibrdkafka().hash, patchedLibrdkafka().hash)
  })
})
