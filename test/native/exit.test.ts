/** Processes that end while the engine is at work: with the right code, soon, and without a crash. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { End } from './ending-process.ts'

const SCRIPT = fileURLToPath(new URL('ending-process.ts', import.meta.url))
/** Far above what it takes; a process that hangs would take for ever. */
const DEADLINE_MS = 20_000

const ALL_WORK = ['produces', 'drafts', 'reads', 'creates', 'questions', 'no broker']
const EVERYTHING = 'produces,reads,creates,questions'

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

/** Runs the script to its end; it is sent `signal` when it is ready. */
async function run(end: End | 'by itself', work: string, signal?: NodeJS.Signals): Promise<Ended> {
  const child = spawn(process.execPath, ['--import=tsx', SCRIPT, end, work], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = exited(child)
  let output = ''
  const collect = (piece: Buffer) => {
    output += piece
    if (signal && output.includes('ready')) child.kill(signal)
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const [code, received] = await ended
  return { code, signal: received, output }
}

async function exited(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS)
  const [code, signal] = await once(child, 'close')
  clearTimeout(timer)
  return [code, signal]
}

function assertEnded(
  ended: Ended,
  code: number | null,
  signal: NodeJS.Signals | null = null,
): void {
  assert.deepEqual([ended.code, ended.signal], [code, signal], ended.output)
}

for (const work of ALL_WORK) {
  test(`process.exit() with ${work} under way`, async () => {
    assertEnded(await run('process.exit', work), 7)
  })
}

test('process.exit() with everything under way, time and again', async () => {
  for (let round = 0; round < 5; round++) assertEnded(await run('process.exit', EVERYTHING), 7)
})

for (const end of ['throw', 'reject', 'throw in an answer'] as const) {
  test(`an exception that nobody catches: ${end}`, async () => {
    const ended = await run(end, EVERYTHING)
    assertEnded(ended, 1)
    assert.match(ended.output, /(thrown|rejected) on purpose/)
  })
}

test('process.exit() in the answer of a call', async () => {
  assertEnded(await run('exit in an answer', EVERYTHING), 7)
})

test('SIGTERM that nobody handles', async () => {
  assertEnded(await run('signal', EVERYTHING, 'SIGTERM'), null, 'SIGTERM')
})

test('SIGTERM whose handler exits', async () => {
  assertEnded(await run('handled signal', EVERYTHING, 'SIGTERM'), 7)
  assertEnded(await run('handled signal', 'no broker', 'SIGTERM'), 7)
})

test('a process that only loads the addon ends by itself', async () => {
  assertEnded(await run('by itself', 'nothing'), 0)
})

test('open clients keep no process alive once all calls are answered', async () => {
  assertEnded(await run('by itself', 'all answered'), 0)
})

test('a process stays until its calls are answered', async () => {
  const ended = await run('by itself', 'not awaited')
  assertEnded(ended, 0)
  assert.match(ended.output, /answered produce/)
  assert.match(ended.output, /answered read/)
})
