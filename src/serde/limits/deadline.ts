/** Deadlines for synchronous work on foreign texts, such as compiling a schema. */
import { Script } from 'node:vm'
import { InvalidSchemaError } from '../codec.ts'
import { excerpt } from './text-length.ts'

/**
 * Work exceeded its deadline. The error depends on the machine's load as much as on the work: callers may retry, and
 * caches do not keep it.
 */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

const KEY = Symbol.for('sluice.deadline.work')
const globals = globalThis as { [KEY]?: () => unknown }
let script: Script | undefined

/**
 * Runs work with a deadline. A watchdog thread costs 0.1 to 1 ms per call, so deadlines are for compiling, not for
 * single records. Interrupted work runs no `finally`, so it must not modify shared state.
 *
 * @param what names the work in the message
 * @throws {DeadlineError} when the work exceeds the deadline; it blocks the event loop until then
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

/**
 * The deadlines of this process, in milliseconds. A schema of usual size compiles in 5 ms, and a value of 10 MB is
 * checked in 100 ms; the rest allows for large schemas on busy machines. Tests raise them: no result of theirs may
 * depend on the machine's load.
 */
export const DEADLINES = { compileMs: 5000, checkMs: 2000 }

/**
 * Compiles a schema within a deadline.
 *
 * @throws {InvalidSchemaError} for any error of the work
 * @throws {DeadlineError} when the work exceeds the deadline; the schema may be valid
 */
export function compileInTime<T>(work: () => T): T {
  return toInvalidSchema(() => withDeadline(DEADLINES.compileMs, work, 'compiling the schema'))
}

/** Converts the errors of short work to InvalidSchemaErrors. */
export function toInvalidSchema<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof DeadlineError) throw error
    throw new InvalidSchemaError(excerpt(error instanceof Error ? error.message : String(error)))
  }
}
