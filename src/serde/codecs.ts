/** The cache of compiled schemas. */
import { LRUCache } from 'lru-cache'
import { bracketsOf } from '../schema-registry/brackets.ts'
import type { Schema, SchemaType } from '../schema-registry/schema.ts'
import { type Codec, type Compile, InvalidSchemaError } from './codec.ts'
import { type Compilers, FORMATS } from './formats.ts'
import type { SchemaSource } from './schema-source.ts'

/** A schema and what was made of it. */
export interface CompiledSchema {
  readonly schema: Schema
  readonly codec: Codec
}

/** Of memory, as it is guessed. Those that were not used for longest are compiled again when they are needed. */
const MAX_BYTES = 64 * 1024 * 1024
/** What even a small schema takes, and what is made of a character. */
const MIN_BYTES = 16 * 1024
const BYTES_PER_CHARACTER = 50
/** As many as the engine takes in a request, and as the parsers of the original. */
const MAX_DEPTH = 1000
/** Of all texts together. A schema of a megabyte has some 40,000; empty ones take memory many times their text. */
const MAX_BRACKETS = 100_000

/** Finds codecs by the ids of schemas, and by their texts. */
export class Codecs {
  readonly #source: SchemaSource
  readonly #compilers: Compilers
  /** Schemas that are invalid too, since to find that out may take as long as anything. */
  readonly #known = new LRUCache<string, CompiledSchema | InvalidSchemaError>({
    maxSize: MAX_BYTES,
  })
  readonly #loads = new Map<number, Promise<CompiledSchema>>()

  constructor(source: SchemaSource, compilers: Compilers) {
    this.#source = source
    this.#compilers = compilers
  }

  /** The schema of an id, if it is there already. */
  find(id: number): CompiledSchema | undefined {
    const known = this.#known.get(`id ${id}`)
    return known instanceof InvalidSchemaError ? undefined : known
  }

  /**
   * The schema of an id; those who ask at the same time share the answer.
   * Rejects with a RestError of the registry's, an UnknownSchemaError, an InvalidSchemaError or a
   * DeadlineError.
   */
  load(id: number): Promise<CompiledSchema> {
    const known = this.#known.get(`id ${id}`)
    if (known) return settled(known)
    let load = this.#loads.get(id)
    if (!load) {
      load = this.#load(id).finally(() => this.#loads.delete(id))
      this.#loads.set(id, load)
    }
    return load
  }

  /** The schema that a client wrote. Rejects with an InvalidSchemaError when it is none, or a DeadlineError. */
  async ofText(type: SchemaType, text: string): Promise<CompiledSchema> {
    const key = `${type} ${text}`
    const known = this.#known.get(key)
    return known ? settled(known) : this.#keep(key, { type, text, references: [] })
  }

  async #load(id: number): Promise<CompiledSchema> {
    const schema = await this.#source.findSchema(id)
    if (!schema) throw new UnknownSchemaError(`the schema registry has no schema with id ${id}`)
    return this.#keep(`id ${id}`, schema)
  }

  async #keep(key: string, schema: Schema): Promise<CompiledSchema> {
    const compile = await this.#compilers[schema.type]()
    // Those who waited for the same compiler may have come before.
    const known = this.#known.get(key)
    if (known) return settled(known)
    const compiled = tryToCompile(compile, schema)
    const isInvalid = compiled instanceof InvalidSchemaError
    const size = 2 * key.length + (isInvalid ? MIN_BYTES : bytesOf(schema))
    this.#known.set(key, compiled, { size })
    return settled(compiled)
  }
}

/** @throws {DeadlineError} which says nothing of the schema, and is not remembered */
function tryToCompile(compile: Compile, schema: Schema): CompiledSchema | InvalidSchemaError {
  try {
    checkBrackets(schema)
    return { schema, codec: compile(schema) }
  } catch (error) {
    if (error instanceof InvalidSchemaError) return error
    throw error
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

async function settled(result: CompiledSchema | InvalidSchemaError): Promise<CompiledSchema> {
  if (result instanceof InvalidSchemaError) throw result
  return result
}

/** About: measured with each of the three languages. */
function bytesOf({ text, references }: Schema): number {
  const lengths = [text, ...references.map((reference) => reference.text)].map(
    ({ length }) => length,
  )
  return MIN_BYTES + BYTES_PER_CHARACTER * lengths.reduce((sum, length) => sum + length)
}

/** The schema registry has no schema of an id. */
export class UnknownSchemaError extends Error {
  override readonly name = 'UnknownSchemaError'
}
