/** The librdkafka that the addon loads. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { loadedLibrdkafka } from '../../src/kafka/native.ts'

const NATIVE_BINDINGS = join(import.meta.dirname, '../../native-bindings')
const RELEASE = join(NATIVE_BINDINGS, 'build/Release')
const MARK = 'rd_kafka_sluice_patches'
const folder = mkdtempSync(join(tmpdir(), 'sluice-librdkafka-'))
after(() => rmSync(folder, { recursive: true }))

function load(): { status: number | null; stderr: string } {
  const program = `process.dlopen({ exports: {} }, ${JSON.stringify(join(folder, 'sluice.node'))})`
  return spawnSync(process.execPath, ['--eval', program], { encoding: 'utf8' })
}

test('the loaded library has all patches of the sources', () => {
  const patches = readdirSync(join(NATIVE_BINDINGS, 'librdkafka'))
  const names = patches.sort().map((file) => file.replace(/\.patch$/, ''))
  assert.equal(loadedLibrdkafka().patches, names.join(','))
})

test('the addon does not load with a library that has no patches', () => {
  cpSync(join(RELEASE, 'sluice.node'), join(folder, 'sluice.node'))
  const library = readFileSync(join(RELEASE, 'librdkafka.so.1'))
  writeFileSync(join(folder, 'librdkafka.so.1'), library)
  assert.equal(load().status, 0)
  // Another name of the same length makes it a library without that function.
  for (let at = library.indexOf(MARK); at >= 0; at = library.indexOf(MARK, at + 1)) {
    library.write('x', at)
  }
  writeFileSync(join(folder, 'librdkafka.so.1'), library)
  const { status, stderr } = load()
  assert.notEqual(status, 0)
  assert.match(stderr, new RegExp(`undefined symbol: ${MARK}`))
})
