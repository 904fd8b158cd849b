/** The schemas that a thread has compiled. They follow from their texts: who may see a text is not decided here. */
import { LRUCache } from 'lru-cache'
import { bracketsOf } from '../schema-registry/brackets.ts'
import type { Schema, SchemaType } from '../schema-registry/schema.ts'
import { type Codec, type Compile, InvalidSchemaError } from './codec.ts'
import { type Compilers, FORMATS } from './formats.ts'
import type { Busy } from './limits/busy.ts'
import type { RefusedSchemas } from './limits/refused-schemas.ts'
import { markOf, type SchemaMark } from './schema-mark.ts'

/** A schema with its codec. */
export interface CompiledSchema {
  readonly schema: Schema
  readonly mark: SchemaMark
  readonly codec: Codec
}

/** Estimated memory of the cache. Evicted schemas are compiled again on their next use. */
export const MAX_SCHEMA_BYTES = 64 * 1024 * 1024
/** Estimated memory of the smallest schema, and of each character by format. */
const MIN_BYTES = 16 * 1024
const BYTES_PER_CHARACTER: Readonly<Record<SchemaType, number>> = {
  AVRO: 50,
  JSON: 90,
  PROTOBUF: 150,
}
/** The nesting limit of the engine's JSON parser and of the parsers in Confluent's REST proxy. */
const MAX_DEPTH = 1000
/**
 * Limit for a schema with its references. A schema of a megabyte has about 40,000 brackets; an empty object takes many
 * times the memory of its text.
 */
const MAX_BRACKETS = 100_000

/** Schemas by names of their content. A schema that is refused for a while is a DeadlineError everywhere. */
export class CompiledSchemas {
  readonly #compilers: Compilers
  readonly #busy: Busy
  readonly #refused: RefusedSchemas
  /** The cache holds invalid schemas too, because detecting one may take as long as compiling a valid one. */
  readonly #known = new LRUCache<string, CompiledSchema | InvalidSchemaError>({
    maxSize: MAX_SCHEMA_BYTES,
  })

  constructor(compilers: Compilers, busy: Busy, refused: RefusedSchemas) {
    this.#compilers = compilers
    this.#busy = busy
    this.#refused = refused
  }

  /** Returns a schema if the cache has it, and it is valid. @throws {DeadlineError} when it is refused for a while */
  find(content: string): CompiledSchema | undefined {
    const known = this.#known.get(content)
    if (known === undefined || known instanceof InvalidSchemaError) return undefined
    this.#refused.check(known.mark)
    return known
  }

  /** Compiles what only encoding needs. @throws {InvalidSchemaError} when values cannot be encoded with the schema */
  prepareToEncode({ mark, codec }: CompiledSchema): void {
    if (codec.prepareToEncode) this.#busy.compile(mark, () => codec.prepareToEncode?.())
  }

  /**
   * Returns a schema if the cache has it; otherwise undefined. Rejects with an InvalidSchemaError, or with a DeadlineError when it is
   * refused for a while.
   */
  get(content: string): Promise<CompiledSchema> | undefined {
    const known = this.#known.get(content)
    return known && this.#settled(known)
  }

  /** Returns a schema that the cache has not got. Rejects as get() does. @param content names it, and no other schema */
  async compile(content: string, schema: Schema): Promise<CompiledSchema> {
    const compile = await this.#compilers[schema.type]()
    // Another caller may have compiled the schema while this one awaited the compiler.
    const known = this.#known.get(content)
    if (known) return this.#settled(known)
    const compiled = this.#tryToCompile(compile, schema)
    const isInvalid = compiled instanceof InvalidSchemaError
    // The cache would drop what is larger than all of it without a word.
    const bytes = 2 * content.length + (isInvalid ? MIN_BYTES : bytesOf(schema))
    const size = Math.min(bytes, MAX_SCHEMA_BYTES)
    this.#known.set(content, compiled, { size })
    return this.#settled(compiled)
  }

  /** @throws {DeadlineError} when the schema is refused for a while; the cache does not keep this error */
  #tryToCompile(compile: Compile, schema: Schema): CompiledSchema | InvalidSchemaError {
    const mark = markOf(schema)
    this.#refused.check(mark)
    try {
      checkBrackets(schema)
      return { schema, mark, codec: this.#busy.compile(mark, () => compile(schema)) }
    } catch (error) {
      if (error instanceof InvalidSchemaError) return error
      throw error
    }
  }

  async #settled(result: CompiledSchema | InvalidSchemaError): Promise<CompiledSchema> {
    if (result instanceof InvalidSchemaError) throw result
    this.#refused.check(result.mark)
    return result
  }
}

function checkBrackets({ type, text, references }: Schema): void {
  const { syntax } = FORMATS[type]
  let all = 0
  for (const each of [text, ...references.map((reference) => reference.text)]) {
    const { depth, count } = bracketsOf(each, syntax)
    all += count
    if (depth > MAX_DEPTH) {
      throw new InvalidSchemaError(`the brackets of the schema nest deeper than ${MAX_DEPTH}`)
    }
    if (all > MAX_BRACKETS) {
      throw new InvalidSchemaError(`the schema has more than ${MAX_BRACKETS} objects and arrays`)
    }
  }
}

/** Estimates the memory of a compiled schema in bytes, from measurements of all three formats. */
export function bytesOf({ type, text, references }: Schema): number {
  const lengths = [text, ...references.map((reference) => reference.text)].map(
    ({ length }) => length,
  )
  return MIN_BYTES + BYTES_PER_CHARACTER[type] * lengths.reduce((sum, length) => sum + length)
}
