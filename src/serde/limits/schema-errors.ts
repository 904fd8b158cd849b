/** Errors of compiling foreign schemas. */
import { InvalidSchemaError } from '../codec.ts'
import { excerpt } from './text-length.ts'

/**
 * Compiles a schema.
 *
 * @throws {InvalidSchemaError} for any error of the work, with at most 500 characters of its message
 */
export function compileSchema<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new InvalidSchemaError(excerpt(error instanceof Error ? error.message : String(error)))
  }
}
