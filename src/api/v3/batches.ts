/** Questions about many items, which Kafka is asked in batches: the memory and the pauses of an answer stay small. */
import type { RestError } from '../../errors.ts'
import { errorOfRow, type FailedRow, isFailed } from '../../kafka/rows.ts'

/**
 * Asks for all items, a batch at a time, while the answers are used. Yields the rows in the order of their answers. Rejects
 * with the error of a failed row, unless `mayLeaveOut` accepts it.
 */
export async function* inBatches<Row extends object>(
  names: readonly string[],
  size: number,
  ask: (names: readonly string[]) => Promise<Iterable<Row | FailedRow>>,
  mayLeaveOut: (error: RestError) => boolean = () => false,
): AsyncGenerator<Row> {
  for (let at = 0; at < names.length; at += size) {
    for (const row of await askLeniently(names.slice(at, at + size), ask, mayLeaveOut)) {
      if (!isFailed(row)) yield row
      else if (!mayLeaveOut(errorOfRow(row))) throw errorOfRow(row)
    }
  }
}

/** A call about one item fails with the error of this item. */
async function askLeniently<Row extends object>(
  names: readonly string[],
  ask: (names: readonly string[]) => Promise<Iterable<Row | FailedRow>>,
  mayLeaveOut: (error: RestError) => boolean,
): Promise<Iterable<Row | FailedRow>> {
  try {
    return await ask(names)
  } catch (error) {
    if (names.length === 1 && mayLeaveOut(error as RestError)) return []
    throw error
  }
}

/** Whether an item vanished after it was listed, or its description is not for this client: lists leave it out. */
export function isHidden({ name }: RestError): boolean {
  return name === 'UNKNOWN_TOPIC_OR_PARTITION' || name === 'KAFKA_AUTHORIZATION'
}

/** Compares texts by their code units, as Java does. */
export function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
