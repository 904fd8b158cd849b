/** Outputs of lines: files that are moved, that cannot be used, and threads that do not take lines. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ForwardedLines, faultOfDestination, LineOutput } from '../../src/line-output.ts'
import { until } from '../integration/until.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-lines-'))
after(() => rmSync(folder, { recursive: true }))

test('lines are appended to a file, and go to a new one when it was moved and opened again', async () => {
  const file = join(folder, 'moved.log')
  writeFileSync(file, 'before\n')
  const output = new LineOutput(file, assert.fail)
  output.write('one\n')
  await until('it is written', () => readFileSync(file, 'utf8') === 'before\none\n')
  renameSync(file, `${file}.1`)
  output.write('two\n')
  await until('it is written', () => readFileSync(`${file}.1`, 'utf8').endsWith('two\n'))
  output.reopen()
  await until('it is there', () => {
    output.write('three\n')
    try {
      return readFileSync(file, 'utf8').includes('three\n')
    } catch {
      return false
    }
  })
})

test('a failed write is reported, and does not throw', async () => {
  const reasons: string[] = []
  const output = new LineOutput('/dev/full', (reason) => reasons.push(reason))
  output.write('one\n')
  await until('it is reported', () => reasons.length > 0)
  output.write('two\n')
  assert.match(reasons.join(), /ENOSPC/)
  assert.equal(reasons.length, 1)
})

test('lines beyond the limit are dropped, counted and reported', async () => {
  const reasons: string[] = []
  const output = new LineOutput('/dev/full', (reason) => reasons.push(reason))
  const line = `${'x'.repeat(1024 * 1024 - 1)}\n`
  for (let written = 0; written < 20; written++) output.write(line)
  assert.ok(output.dropped >= 3 && output.dropped < 20, String(output.dropped))
  assert.match(reasons[0] ?? '', /left out/)
})

test('a destination is stdout, stderr or a file that can be written', () => {
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  for (const good of ['stdout', 'stderr', '/dev/null', join(folder, 'new.log')]) {
    assert.equal(faultOfDestination(good), undefined, good)
  }
  assert.match(faultOfDestination('relative.log') ?? '', /an absolute path/)
  assert.match(faultOfDestination(folder) ?? '', /is none/)
  assert.match(faultOfDestination(pipe) ?? '', /is none/)
  assert.match(faultOfDestination(join(folder, 'no', 'such', 'file')) ?? '', /ENOENT/)
})

test('lines for another thread go together while it is busy, and none waits without a limit', async () => {
  const taken: string[] = []
  let release = () => {}
  let dropped = 0
  const lines = new ForwardedLines(
    (text) => {
      taken.push(text)
      return new Promise((resolve) => {
        release = resolve
      })
    },
    (count) => {
      dropped += count
    },
  )
  for (const line of ['a\n', 'b\n', 'c\n']) lines.write(line)
  assert.deepEqual(taken, ['a\n'])
  lines.write(`${'x'.repeat(1024 * 1024)}\n`)
  assert.equal(dropped, 1)
  release()
  await nextTurn()
  assert.deepEqual(taken, ['a\n', 'b\nc\n'])
  release()
})
