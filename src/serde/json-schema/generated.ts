/** The functions that Ajv generates of one schema. */
import type { Ajv, ValidateFunction } from 'ajv'
import type { DataValidationCxt } from 'ajv/dist/types/index.js'
import { PayloadError } from '../codec.ts'
import type { Holder } from '../kept-digits.ts'
import type { SchemaNode } from './tree.ts'

/** What Ajv's functions want to be told of a whole value. */
export function contextOf(holder: Holder): DataValidationCxt {
  return {
    instancePath: '',
    parentData: holder,
    parentDataProperty: 'value',
    rootData: holder.value as Record<string, unknown>,
    dynamicAnchors: {},
  }
}

/**
 * Compiles a schema, then calls its function and those of its references. V8 compiles functions when they are called
 * first, and finds only then that one is nested too deeply, which would look like a fault of the first value. No
 * reference may be followed yet: one that is followed for this value needn't be for others.
 *
 * @throws when the schema can't be compiled, or is too large
 */
export function compileAll(ajv: Ajv, schema: SchemaNode): ValidateFunction {
  try {
    const validate = ajv.compile(schema)
    // Ajv's `code.process` would tell of each, but with it Ajv writes a schema's id into code as it is.
    const all = ajv.scope.get()['validate'] as ValidateFunction[] | undefined
    all?.forEach(callOnce)
    return validate
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Error(
      'an object of the schema has too much in it to be compiled: move parts to definitions, and refer to them',
    )
  }
}

function callOnce(validate: ValidateFunction): void {
  const holder = { value: null }
  try {
    validate(holder.value, contextOf(holder))
  } catch (error) {
    // What a check may throw is no matter here: it was compiled.
    if (!(error instanceof PayloadError)) throw error
  }
}
