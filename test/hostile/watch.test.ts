/** The watcher sees CPU time of the event loop, and nothing else. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { MAX_LOOP_MS } from './finding.ts'
import { Watch } from './watch.ts'

/** A server whose loop is busy for 300 ms, or sleeps as long, when it is asked to. */
const SERVER = `
  import { createServer } from 'node:http'
  import { setTimeout as sleep } from 'node:timers/promises'
  const busy = (ms) => { const end = process.cpuUsage().user + ms * 1000
    while (process.cpuUsage().user < end); }
  const idle = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  createServer((request, response) => {
    if (request.url === '/busy') busy(300)
    if (request.url === '/idle') idle(300)
    response.end()
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })
`

const server = spawn(process.execPath, ['--input-type=module', '--eval', SERVER])
after(() => server.kill())
const [port] = await once(server.stdout, 'data')
const url = `http://127.0.0.1:${Number(port)}`
const watch = await Watch.start(url, Number(server.pid))
after(() => watch.stop())

test('a loop that sleeps uses no CPU time', async () => {
  await fetch(`${url}/idle`)
  const { questions, unanswered, loopMs, waitMs } = await watch.report()
  assert.ok(questions > 0 && unanswered === 0)
  assert.ok(waitMs > 100, `${waitMs} ms`)
  assert.ok(loopMs < MAX_LOOP_MS, `${loopMs} ms`)
})

test('a loop that computes does', async () => {
  // The watcher does not count what it waits for a core itself, which under load may be all.
  let loopMs = 0
  for (let count = 0; count < 20 && loopMs <= MAX_LOOP_MS; count++) {
    await fetch(`${url}/busy`)
    loopMs = (await watch.report()).loopMs
  }
  assert.ok(loopMs > MAX_LOOP_MS, `${loopMs} ms`)
})

test('a question that nobody answers is counted', async () => {
  server.kill()
  await once(server, 'exit')
  await new Promise((resolve) => setTimeout(resolve, 200))
  const { unanswered } = await watch.report()
  assert.ok(unanswered > 0)
})
