/**
 * The JSON Schema codec. The payload is the client's text without white space. The codec validates the text, never
 * reprints numbers, and compares numbers that doubles cannot represent by their digits.
 */
import { isUtf8 } from 'node:buffer'
import {
  type Codec,
  type Compile,
  InvalidSchemaError,
  PayloadError,
  PayloadSizeError,
} from '../codec.ts'
import { readJsonText, refuseLostMembers } from '../digits/json-text.ts'
import { KeptDigits, type ParsedText, parseKeepingDigits } from '../digits/kept-digits.ts'
import { compileSchema } from '../limits/schema-errors.ts'
import { checkSchema, parseSchema, type SchemaTree } from './tree.ts'
import { type Arithmetic, Validator } from './validator.ts'

/** Compiles a JSON Schema of draft 4, 6, 7, 2019-09 or 2020-12. `decode` works with any other schema too. */
export const compileJsonSchema: Compile = (schema) =>
  new JsonSchemaCodec(compileSchema(() => parseSchema(schema)))

class JsonSchemaCodec implements Codec {
  readonly recordName: string | undefined
  /** The usual validator; undefined when the schema itself has numbers that doubles cannot represent. */
  readonly #byDoubles: LazyValidator | undefined
  /** The validator for values with long numbers, which most topics never need. */
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

  encode(json: string, maxBytes = Number.POSITIVE_INFINITY): Buffer {
    this.prepareToEncode()
    const { compact, fitsDoubles, members } = readJsonText(json)
    // The payload has at least a byte for each code unit.
    if (compact.length > maxBytes) throw new PayloadSizeError(maxBytes)
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

/** Compiles a validator on first use, once. An InvalidSchemaError is kept. */
class LazyValidator {
  readonly #tree: SchemaTree
  readonly #arithmetic: Arithmetic
  #made: Validator | InvalidSchemaError | undefined

  constructor(tree: SchemaTree, arithmetic: Arithmetic) {
    this.#tree = tree
    this.#arithmetic = arithmetic
  }

  /** @throws {InvalidSchemaError} when the schema cannot be compiled */
  get(): Validator {
    this.#made ??= this.#make()
    if (this.#made instanceof Validator) return this.#made
    throw this.#made
  }

  #make(): Validator | InvalidSchemaError {
    try {
      return compileSchema(() => {
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
/** The first byte of a byte order mark, which the decoder removes. */
const BYTE_ORDER_MARK = 0xef

function textOf(payload: Buffer): string {
  // This is faster than the decoder.
  if (payload[0] !== BYTE_ORDER_MARK && isUtf8(payload)) return payload.toString('utf8')
  try {
    return utf8.decode(payload)
  } catch {
    throw new PayloadError('not UTF-8')
  }
}
