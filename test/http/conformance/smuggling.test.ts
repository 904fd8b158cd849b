/**
 * Proxies and uWebSockets.js see the same requests on the connections that they share: what a proxy has forwarded was read
 * once, nothing else was read, and each answer went to its own request.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startAddonRecorder } from './addon-recorder.ts'
import type { Answers } from './answers.ts'
import { head } from './cases/messages.ts'
import { Connection } from './connection.ts'
import { type ProxyName, type RunningProxy, startProxy } from './proxies.ts'
import { AMBIGUOUS } from './smuggling.ts'

const PROXIES: readonly ProxyName[] = ['nginx', 'haproxy', 'lenient haproxy']
/** A proxy may wait for more; what it forwards at once comes within a few milliseconds. */
const PATIENCE_MS = 30
const DEADLINE_MS = 5000

/** What the clients of a proxy have seen that they should not. */
interface Sight {
  readonly swapped: string[]
  readonly strangeVictims: string[]
}

describe('what a proxy forwards is read alike', { concurrency: PROXIES.length }, () => {
  for (const name of PROXIES) it(`behind ${name}`, () => check(name))
})

async function check(name: ProxyName): Promise<void> {
  const recorder = startAddonRecorder()
  const proxy = await startProxy(name, recorder.port)
  const sight: Sight = { swapped: [], strangeVictims: [] }
  for (const [index, ambiguous] of AMBIGUOUS.entries()) {
    const { swapped } = await attack(proxy, Buffer.from(ambiguous.bytes, 'latin1'))
    if (swapped.length > 0) sight.swapped.push(ambiguous.name)
    const victim = await ask(proxy, `/victim/${index}`)
    if (victim === `200 GET /victim/${index}`) continue
    sight.strangeVictims.push(`${ambiguous.name}: ${victim}`)
  }
  const forwarded = await proxy.stop()
  const seen = recorder.takeIds()
  await recorder.stop()
  assert.deepEqual(sight, { swapped: [], strangeVictims: [] })
  assert.deepEqual(
    notIn(
      forwarded.map(({ id }) => id),
      seen,
    ),
    [],
  )
  const served = forwarded.filter(({ status }) => status < 400)
  assert.deepEqual(
    notIn(
      seen,
      served.map(({ id }) => id),
    ),
    [],
  )
  assert.ok(served.length > AMBIGUOUS.length, 'all victims and some of the others came through')
}

/** Sends the bytes, and leaves when they are answered, or when the proxy waits for more. */
async function attack(proxy: RunningProxy, bytes: Buffer): Promise<Answers> {
  const connection = await Connection.open(proxy)
  connection.send(bytes)
  await connection.until(({ hasEnded }) => hasEnded, PATIENCE_MS)
  const { answers } = connection
  connection.close()
  return answers
}

/** The answer to a request of another client. */
async function ask(proxy: RunningProxy, path: string): Promise<string> {
  const connection = await Connection.open(proxy)
  connection.send(Buffer.from(head(`GET ${path} HTTP/1.1`)))
  await connection.until(
    ({ hasEnded, answers: { answers } }) => hasEnded || answers.length > 0,
    DEADLINE_MS,
  )
  const { answers } = connection.answers
  connection.close()
  return answers.join(', ')
}

/** The ids that the others do not have, or have less often. */
function notIn(others: readonly string[], ids: readonly string[]): string[] {
  const left = [...others]
  return ids.filter((id) => {
    const index = left.indexOf(id)
    if (index >= 0) left.splice(index, 1)
    return index < 0
  })
}
