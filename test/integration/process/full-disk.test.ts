/** A standard output that cannot be written: the process serves, and ends when it is told to. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { test } from 'node:test'
import { freePorts } from '../../cluster/free-ports.ts'
import { until } from '../until.ts'
import { cleanEnvironment, MAIN } from './command.ts'

const DEADLINE_MS = 120_000

/** Starts a process without Kafka. Its log has lines from the start, and one for each request. */
async function start(stdout: number | 'pipe') {
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const sets = [
    `listeners=${url}`,
    'bootstrap.servers=127.0.0.1:1',
    'sluice.log.requests=true',
    'sluice.log.level=trace',
    'sluice.shutdown.delay.ms=0',
  ]
  const args = [MAIN, ...sets.flatMap((set) => ['--set', set])]
  const child = spawn(process.execPath, args, {
    env: cleanEnvironment(),
    stdio: ['ignore', stdout, 'pipe'],
  })
  let errors = ''
  child.stderr?.on('data', (text) => {
    errors += text
  })
  const isServed = async () => (await fetch(`${url}/healthy`).catch(() => undefined))?.ok === true
  await until('it answers', isServed, DEADLINE_MS)
  return { child, url, errors: () => errors }
}

async function endOf(child: ReturnType<typeof spawn>): Promise<number | null> {
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(DEADLINE_MS) })
  child.kill('SIGTERM')
  try {
    const [code] = await ended
    return code
  } finally {
    child.kill('SIGKILL')
  }
}

test('a full disk does not keep the process from serving and from ending', async () => {
  const full = openSync('/dev/full', 'w')
  const { child, url, errors } = await start(full)
  closeSync(full)
  for (let request = 0; request < 10; request++) {
    const response = await fetch(`${url}/healthy`)
    assert.equal(response.status, 200)
    await response.arrayBuffer()
  }
  assert.equal(await endOf(child), 0)
  assert.match(errors(), /^the log is not written: ENOSPC/)
})

test('a reader that stands still does not keep the process from ending', async () => {
  const { child, url } = await start('pipe')
  // Nobody reads, and the socket between the processes holds less than 1 MiB.
  for (let request = 0; request < 2000; request++) {
    await (await fetch(`${url}/healthy`)).arrayBuffer()
  }
  assert.equal(await endOf(child), 0)
})
