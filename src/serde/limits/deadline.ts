/** Deadlines for synchronous work on foreign texts, such as compiling a schema. */
import { Script } from 'node:vm'
import { InvalidSchemaError } from '../codec.ts'
import { excerpt } from './text-length.ts'

/**
 * The work was not done in its time. That says as much of the machine as of the work: whoever asked may ask again, and
 * nobody remembers it.
 */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

const KEY = Symbol.for('sluice.deadline.work')
const globals = globalThis as { [KEY]?: () => unknown }
let script: Script | undefined

/**
 * Does work, for so long at most. Costs a thread that watches, 0.1 to 1 ms: for compiling, not for each record.
 * Work that is broken off cannot clean up (no `finally` runs), so it must not share what it changes.
 *
 * @param what is done, for the message
 * @throws {DeadlineError} when the time is over; the event loop was busy until then
 */
export function withDeadline<T>(limitMs: number, work: () => T, what = 'the work'): T {
  script ??= new Script("globalThis[Symbol.for('sluice.deadline.work')]()")
  const outer = globals[KEY]
  globals[KEY] = work
  try {
    return script.runInThisContext({ timeout: limitMs }) as T
  } catch (error) {
    throw isTimeout(error) ? new DeadlineError(`${what} took more than ${limitMs} ms`) : error
  } finally {
    if (outer === undefined) delete globals[KEY]
    else globals[KEY] = outer
  }
}

function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}

/** A schema of usual size takes 5 ms; the rest is for large ones on machines that do other things. */
const LIMIT_MS = 5000

/**
 * @throws {InvalidSchemaError} whatever the work throws
 * @throws {DeadlineError} when it takes too long, which says nothing of the schema
 */
export function compileInTime<T>(work: () => T): T {
  return toInvalidSchema(() => withDeadline(LIMIT_MS, work, 'compiling the schema'))
}

/** The same for work that comes to an end. */
export function toInvalidSchema<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof DeadlineError) throw error
    throw new InvalidSchemaError(excerpt(error instanceof Error ? error.message : String(error)))
  }
}
