/**
 * JSON Schema: a payload is the client's text, compact, once it is found to be valid. Numbers are never written
 * anew, and those that no double can hold are judged by their digits.
 */
import { type Codec, type Compile, InvalidSchemaError, PayloadError } from './codec.ts'
import { compiling, orInvalidSchema } from './compiling.ts'
import { checkSchema, parseSchema, type SchemaTree } from './json-schema/tree.ts'
import { Validator } from './json-schema/validator.ts'
import { readJsonText, refuseLostMembers } from './json-text.ts'
import { KeptDigits, type ParsedText, parseKeepingDigits } from './kept-digits.ts'

/** A codec for JSON Schema, drafts 4, 6, 7, 2019-09 and 2020-12. */
export const compileJsonSchema: Compile = (schema) => {
  const tree = orInvalidSchema(() => parseSchema(schema))
  return compiling(() => {
    checkSchema(tree)
    return new JsonSchemaCodec(tree)
  })
}

class JsonSchemaCodec implements Codec {
  readonly recordName: string | undefined
  readonly #tree: SchemaTree
  readonly #byDoubles: Validator | undefined
  #byDigits: Validator | InvalidSchemaError | undefined

  constructor(tree: SchemaTree) {
    const title = typeof tree.root === 'boolean' ? undefined : tree.root['title']
    this.recordName = typeof title === 'string' ? title : undefined
    this.#tree = tree
    if (tree.fitsDoubles) this.#byDoubles = new Validator(tree, 'doubles')
    else this.#byDigits = new Validator(tree, 'digits')
  }

  encode(json: string): Buffer {
    const { compact, fitsDoubles, members } = readJsonText(json)
    const isPlain = fitsDoubles && this.#byDoubles !== undefined
    const parsed = isPlain ? parsePlain(compact) : parseKeepingDigits(compact)
    refuseLostMembers(parsed.holder.value, members)
    const validator = isPlain ? this.#byDoubles : this.#getByDigits()
    validator?.check(parsed, compact.length)
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

  /** Made when the first number comes that needs it, which few topics have; and once, also if it fails. */
  #getByDigits(): Validator {
    this.#byDigits ??= makeByDigits(this.#tree)
    if (this.#byDigits instanceof Validator) return this.#byDigits
    throw new PayloadError(`a number has too many digits for the schema: ${this.#byDigits.message}`)
  }
}

function parsePlain(json: string): ParsedText {
  return { holder: { value: JSON.parse(json) as unknown }, digits: KeptDigits.NONE }
}

function makeByDigits(tree: SchemaTree): Validator | InvalidSchemaError {
  try {
    return compiling(() => new Validator(tree, 'digits'))
  } catch (error) {
    if (error instanceof InvalidSchemaError) return error
    throw error
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
