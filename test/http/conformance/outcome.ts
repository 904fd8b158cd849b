/** Sends the bytes of a case in pieces, and tells what became of them. */
import { isDeepStrictEqual } from 'node:util'
import type { Case, Ending } from './case.ts'
import { head } from './cases/messages.ts'
import { type Address, Connection, turns } from './connection.ts'

/** What became of a connection. */
export interface Outcome {
  readonly answers: readonly string[]
  readonly ending: Ending
}

/** A right answer comes within milliseconds. One that takes longer is a hang. */
const DEADLINE_MS = Number(process.env['SLUICE_TEST_HANG_MS'] ?? 5000)

const PROBE = Buffer.from(head('GET /probe HTTP/1.1'))
const PROBED = '200 GET /probe'

/** The outcome that a case expects. */
export function expectedOf({ answers, ending }: Case): Outcome {
  return { answers, ending }
}

/** Sends the pieces, each in a segment of its own. */
export async function send(
  address: Address,
  { answers: expected, ending, fin = false }: Pick<Case, 'answers' | 'ending' | 'fin'>,
  pieces: readonly Buffer[],
): Promise<Outcome> {
  const connection = await Connection.open(address)
  try {
    for (const piece of pieces) {
      connection.send(piece)
      await turns()
    }
    if (fin) connection.finish()
    const isOver = () => connection.hasEnded || isDecided(connection.answers.answers, expected)
    await connection.until(isOver, DEADLINE_MS)
    if (isDeepStrictEqual(connection.answers.answers, expected)) {
      await awaitEnding(connection, ending, address)
    }
    return outcomeOf(connection, ending)
  } finally {
    connection.close()
  }
}

/** Whether all expected answers have come, or another one. */
function isDecided(answers: readonly string[], expected: readonly string[]): boolean {
  return answers.length >= expected.length || answers.some((one, index) => one !== expected[index])
}

async function awaitEnding(
  connection: Connection,
  ending: Ending,
  address: Address,
): Promise<void> {
  if (ending === 'closed') await connection.until(({ hasEnded }) => hasEnded, DEADLINE_MS)
  else if (ending === 'open') await probe(connection)
  else await answerOfAnother(address)
}

/** Asks on the connection itself. */
async function probe(connection: Connection): Promise<void> {
  connection.send(PROBE)
  const isAnswered = () => connection.answers.answers.includes(PROBED)
  await connection.until(() => connection.hasEnded || isAnswered(), DEADLINE_MS)
}

/** Has the server answer on another connection: it had the time to answer on the first one. */
async function answerOfAnother(address: Address): Promise<void> {
  const other = await Connection.open(address)
  await probe(other)
  other.close()
}

function outcomeOf(connection: Connection, ending: Ending): Outcome {
  const { answers, rest } = connection.answers
  if (rest.length > 0) {
    return { answers: [...answers, `? ${JSON.stringify(rest.toString('latin1'))}`], ending }
  }
  if (connection.hasEnded) return { answers, ending: 'closed' }
  if (answers.at(-1) === PROBED) return { answers: answers.slice(0, -1), ending: 'open' }
  return { answers, ending: 'waiting' }
}
