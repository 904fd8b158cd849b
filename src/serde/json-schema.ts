/**
 * JSON Schema: a payload is the client's text, compact, once it is found to be valid. Numbers are never written
 * anew, and those that no double can hold are judged by their digits.
 */
import { type Codec, type Compile, InvalidSchemaError, PayloadError } from './codec.ts'
import { compiling, orInvalidSchema } from './compiling.ts'
import { checkSchema, parseSchema, type SchemaTree } from './json-schema/tree.ts'
import { type Arithmetic, Validator } from './json-schema/validator.ts'
import { readJsonText, refuseLostMembers } from './json-text.ts'
import { KeptDigits, type ParsedText, parseKeepingDigits } from './kept-digits.ts'

/** A codec for JSON Schema, drafts 4, 6, 7, 2019-09 and 2020-12. It decodes also with schemas that none of these is. */
export const compileJsonSchema: Compile = (schema) =>
  new JsonSchemaCodec(orInvalidSchema(() => parseSchema(schema)))

class JsonSchemaCodec implements Codec {
  readonly recordName: string | undefined
  /** Unless the schema itself has numbers that no double is. */
  readonly #byDoubles: LazyValidator | undefined
  /** Most topics have no values that need it, if there is the other. */
  readonly #byDigits: LazyValidator

  constructor(tree: SchemaTree) {
    const title = typeof tree.root === 'boolean' ? undefined : tree.root['title']
    this.recordName = typeof title === 'string' ? title : undefined
    this.#byDoubles = tree.fitsDoubles ? new LazyValidator(tree, 'doubles') : undefined
    this.#byDigits = new LazyValidator(tree, 'digits')
  }

  prepareToEncode(): void {
    const usual = this.#byDoubles ?? this.#byDigits
    usual.get()
  }

  encode(json: string): Buffer {
    this.prepareToEncode()
    const { compact, fitsDoubles, members } = readJsonText(json)
    const plain = fitsDoubles ? this.#byDoubles : undefined
    const parsed = plain ? parsePlain(compact) : parseKeepingDigits(compact)
    refuseLostMembers(parsed.holder.value, members)
    const validator = plain?.get() ?? this.#getByDigits()
    validator.check(parsed, compact.length)
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

  #getByDigits(): Validator {
    try {
      return this.#byDigits.get()
    } catch (error) {
      if (!(error instanceof InvalidSchemaError)) throw error
      throw new PayloadError(`a number has too many digits for the schema: ${error.message}`)
    }
  }
}

/** Made when the first value comes that needs it; and once, also if that fails, unless there was no time for it. */
class LazyValidator {
  readonly #tree: SchemaTree
  readonly #arithmetic: Arithmetic
  #made: Validator | InvalidSchemaError | undefined

  constructor(tree: SchemaTree, arithmetic: Arithmetic) {
    this.#tree = tree
    this.#arithmetic = arithmetic
  }

  /** @throws {InvalidSchemaError | DeadlineError} when the schema can't be compiled, or not now */
  get(): Validator {
    this.#made ??= this.#make()
    if (this.#made instanceof Validator) return this.#made
    throw this.#made
  }

  #make(): Validator | InvalidSchemaError {
    try {
      return compiling(() => {
        checkSchema(this.#tree)
        return new Validator(this.#tree, this.#arithmetic)
      })
    } catch (error) {
      if (error instanceof InvalidSchemaError) return error
      throw error
    }
  }
}

function parsePlain(json: string): ParsedText {
  return { holder: { value: JSON.parse(json) as unknown }, digits: KeptDigits.NONE }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function textOf(payload: Buffer): string {
  try {
    return utf8.decode(payload)
  } catch {
    throw new PayloadError('not UTF-8')
  }
}
