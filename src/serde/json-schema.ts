/**
 * JSON Schema: a payload is the client's text, compact, once it is found to be valid. Numbers are never written
 * anew, and those that no double can hold are judged by their digits.
 */
import { type Codec, type Compile, InvalidSchemaError, PayloadError } from './codec.ts'
import { withDeadline } from './deadline.ts'
import { draftOf, prepare } from './json-schema/drafts.ts'
import { parseSchema, type SchemaTree } from './json-schema/tree.ts'
import { Validator } from './json-schema/validator.ts'
import { KeptDigits, parseKeepingDigits, readJsonText } from './json-text.ts'

/** A schema of usual size takes 5 ms; the rest is for large ones on machines that do other things. */
const COMPILE_LIMIT_MS = 5000

/** A codec for JSON Schema, drafts 4, 6, 7, 2019-09 and 2020-12. */
export const compileJsonSchema: Compile = (schema) => {
  try {
    // Not under the deadline: it is made once, and for all schemas.
    prepare(draftOf(JSON.parse(schema.text)))
    return withDeadline(COMPILE_LIMIT_MS, () => new JsonSchemaCodec(parseSchema(schema)))
  } catch (error) {
    if (error instanceof InvalidSchemaError) throw error
    throw new InvalidSchemaError(error instanceof Error ? error.message : String(error))
  }
}

class JsonSchemaCodec implements Codec {
  readonly recordName: string | undefined
  readonly #tree: SchemaTree
  readonly #byDoubles: Validator | undefined
  #byDigits: Validator | undefined

  constructor(tree: SchemaTree) {
    const title = typeof tree.root === 'boolean' ? undefined : tree.root['title']
    this.recordName = typeof title === 'string' ? title : undefined
    this.#tree = tree
    if (tree.fitsDoubles) this.#byDoubles = new Validator(tree, 'doubles')
    else this.#byDigits = new Validator(tree, 'digits')
  }

  encode(json: string): Buffer {
    const { compact, fitsDoubles } = readJsonText(json)
    if (fitsDoubles && this.#byDoubles !== undefined) {
      const value: unknown = JSON.parse(compact)
      this.#byDoubles.check({ holder: { value }, digits: KeptDigits.NONE }, compact.length)
    } else {
      this.#validatorByDigits().check(parseKeepingDigits(compact), compact.length)
    }
    return Buffer.from(compact)
  }

  decode(payload: Buffer): string {
    const json = textOf(payload)
    try {
      JSON.parse(json)
    } catch (error) {
      throw new PayloadError(`not JSON: ${(error as Error).message}`)
    }
    return readJsonText(json).compact
  }

  /** Made when the first number comes that needs it: few topics have one. */
  #validatorByDigits(): Validator {
    this.#byDigits ??= withDeadline(COMPILE_LIMIT_MS, () => new Validator(this.#tree, 'digits'))
    return this.#byDigits
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(payload: Buffer): string {
  try {
    return utf8.decode(payload)
  } catch {
    throw new PayloadError('not UTF-8')
  }
}
