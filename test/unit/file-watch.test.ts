/** Files that change while they are watched, and before. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { FileWatch } from '../../src/file-watch.ts'
import { until } from '../integration/until.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-watch-'))
after(() => rmSync(folder, { recursive: true }))

function watched(name: string) {
  const file = join(folder, name)
  writeFileSync(file, 'first')
  let changes = 0
  const watch = new FileWatch(
    () => [file],
    async () => {
      changes++
    },
  )
  after(() => watch.stop())
  return { file, watch, changes: () => changes }
}

test('a file that changes between its reading and the start of the watch is read again', async () => {
  const { file, watch, changes } = watched('early')
  writeFileSync(file, 'second, and longer')
  watch.start()
  await until('the change is noticed', () => changes() === 1)
})

test('a change is noticed once, and nothing else is', async () => {
  const untouched = watched('untouched')
  const { file, watch, changes } = watched('late')
  untouched.watch.start()
  watch.start()
  for (const [round, text] of ['a longer text', 'another text that is longer'].entries()) {
    writeFileSync(file, text)
    await until('the change is noticed', () => changes() === round + 1)
  }
  assert.equal(untouched.changes(), 0)
})
