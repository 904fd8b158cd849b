/**
 * nginx in front reads the cases as they say, in what it forwards; where it does not, the case says why. Which status it
 * refuses with, and whether it keeps the connection, is its own matter. It drops the requests of a client that has ended its half.
 */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { startAddonRecorder } from './addon-recorder.ts'
import { CASE_GROUPS, type Case } from './case.ts'
import { Connection } from './connection.ts'
import { differenceOf } from './differences.ts'
import { startProxy } from './proxies.ts'
import { bytesOf } from './ways.ts'

const DEADLINE_MS = 5000
/** A request that it holds back would have come by then. */
const PATIENCE_MS = 50

const recorder = startAddonRecorder()
const proxy = await startProxy('nginx', recorder.port)
after(async () => {
  await proxy.stop()
  await recorder.stop()
})

for (const { title, cases } of CASE_GROUPS) {
  describe(`nginx: ${title}`, () => {
    for (const each of cases.filter(({ fin }) => fin !== true)) {
      const why = differenceOf('nginx', each.name)
      it(why === undefined ? each.name : `${each.name} (differs: ${why})`, async () => {
        const expected = each.answers.flatMap(readingOf)
        // What is more than expected may come late.
        const patienceMs = why === undefined ? PATIENCE_MS : DEADLINE_MS
        const actual = await readingsOf(each, expected, patienceMs)
        if (why === undefined) assert.deepEqual(actual, expected)
        else assert.notDeepEqual(actual, expected, 'The difference is gone: drop its sentence.')
      })
    }
  })
}

/** What a server has read, or that it has refused it. An invitation is the proxy's. */
function readingOf(answer: string): string[] {
  if (answer === '100') return []
  const [, read] = /^\d+ (.*?)( keep-alive)?$/.exec(answer) ?? []
  return [read === undefined ? 'refused' : read.replace(/ 1\.0(?= |$)/, '')]
}

async function readingsOf(
  each: Case,
  expected: readonly string[],
  patienceMs: number,
): Promise<string[]> {
  const connection = await Connection.open(proxy)
  const readings = () => connection.answers.answers.flatMap(readingOf)
  connection.send(bytesOf(each))
  const isOver = () => connection.hasEnded || readings().length >= expected.length
  await connection.until(isOver, expected.length === 0 ? patienceMs : DEADLINE_MS)
  const isMore = () => connection.hasEnded || readings().length > expected.length
  await connection.until(isMore, isDeepStrictEqual(readings(), expected) ? patienceMs : PATIENCE_MS)
  connection.close()
  return readings()
}
