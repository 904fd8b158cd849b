/** How a text that somebody registered becomes a codec: in bounded time, and with one kind of error. */
import { brief } from './brief.ts'
import { InvalidSchemaError } from './codec.ts'
import { DeadlineError, withDeadline } from './deadline.ts'

/** A schema of usual size takes 5 ms; the rest is for large ones on machines that do other things. */
const LIMIT_MS = 5000

/**
 * @throws {InvalidSchemaError} whatever the work throws
 * @throws {DeadlineError} when it takes too long, which says nothing of the schema
 */
export function compiling<T>(work: () => T): T {
  return orInvalidSchema(() => withDeadline(LIMIT_MS, work, 'compiling the schema'))
}

/** The same for work that comes to an end. */
export function orInvalidSchema<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof DeadlineError) throw error
    throw new InvalidSchemaError(brief(error instanceof Error ? error.message : String(error)))
  }
}
