/** Answers of many items, which the engine writes as one line of JSON for each. */
import type { RestError } from '../errors.ts'
import { kafkaError } from './errors.ts'
import { call } from './native.ts'

/** The row of an item that Kafka has refused. */
export interface FailedRow {
  readonly name: string
  /** Kafka's code. */
  readonly error: number
  readonly text: string
}

/** What the rows of refused items have in common. */
export type Refused = Pick<FailedRow, 'error' | 'text'>

/** Whether the row is that of an item which Kafka has refused. */
export function isFailed<Row extends object>(row: Row): row is Extract<Row, Refused> {
  return 'error' in row
}

/** The error of an item that Kafka has refused. */
export function errorOfRow({ error, text }: Refused): RestError {
  return kafkaError(error, text)
}

const NEWLINE = 0x0a

/** Parses the rows one by one as they are asked for. @param text lines, each with its end */
export function* rowsOf<Row>(text: string | Uint8Array): Generator<Row> {
  if (typeof text === 'string') {
    for (let start = 0, end = 0; start < text.length; start = end + 1) {
      end = text.indexOf('\n', start)
      yield JSON.parse(text.slice(start, end)) as Row
    }
    return
  }
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length)
  for (let start = 0, end = 0; start < bytes.length; start = end + 1) {
    end = bytes.indexOf(NEWLINE, start)
    yield JSON.parse(bytes.toString('utf8', start, end)) as Row
  }
}

/** Makes a call that answers with rows. Rejects with a RestError. */
export async function callForRows<Row>(start: (ticket: number) => void): Promise<Iterable<Row>> {
  return rowsOf<Row>((await call(start)).text)
}
