/** The schemas that are in use, each compiled once. */
import { LruCache } from '../schema-registry/lru-cache.ts'
import type { Schema, SchemaType } from '../schema-registry/schema.ts'
import { type Codec, type Compile, InvalidSchemaError } from './codec.ts'
import type { SchemaSource } from './schema-source.ts'

/** A schema and what was made of it. */
export interface CompiledSchema {
  readonly schema: Schema
  readonly codec: Codec
}

/** What gives a schema its codec, by its language; to be loaded first. */
export type Compilers = Readonly<Record<SchemaType, () => Promise<Compile>>>

/** Of memory, as it is guessed. Those that were not used for longest are compiled again when they are needed. */
const MAX_BYTES = 64 * 1024 * 1024
/** What even a small schema takes, and what is made of a character. */
const LEAST_BYTES = 16 * 1024
const BYTES_PER_CHARACTER = 50
/** That a schema is invalid is found out again after so long, in ms: it may have been the machine that was slow. */
const INVALID_FOR_MS = 60_000

interface Known {
  readonly compiled: CompiledSchema | InvalidSchemaError
  /** By the clock of `performance.now()`. */
  readonly until: number
}

/** Finds codecs by the ids of schemas, and by their texts. */
export class Codecs {
  readonly #source: SchemaSource
  readonly #compilers: Compilers
  readonly #known = new LruCache<Known>(MAX_BYTES)
  readonly #loads = new Map<number, Promise<CompiledSchema>>()

  readonly #now: () => number

  /** @param now milliseconds of a clock that never goes back */
  constructor(source: SchemaSource, compilers: Compilers, now = () => performance.now()) {
    this.#source = source
    this.#compilers = compilers
    this.#now = now
  }

  /** The schema of an id, if it is there already. */
  find(id: number): CompiledSchema | undefined {
    const known = this.#find(`id ${id}`)
    return known instanceof InvalidSchemaError ? undefined : known
  }

  /**
   * The schema of an id; those who ask at the same time share the answer.
   * Rejects with a RestError of the registry's, an UnknownSchemaError or an InvalidSchemaError.
   */
  load(id: number): Promise<CompiledSchema> {
    const known = this.#find(`id ${id}`)
    if (known) return settled(known)
    let load = this.#loads.get(id)
    if (!load) {
      load = this.#load(id).finally(() => this.#loads.delete(id))
      this.#loads.set(id, load)
    }
    return load
  }

  /** The schema that a client wrote. Rejects with an InvalidSchemaError when it is none. */
  async ofText(type: SchemaType, text: string): Promise<CompiledSchema> {
    const key = `${type} ${text}`
    const known = this.#find(key)
    return known ? settled(known) : this.#keep(key, { type, text, references: [] })
  }

  #find(key: string): CompiledSchema | InvalidSchemaError | undefined {
    const known = this.#known.find(key)
    return known && this.#now() < known.until ? known.compiled : undefined
  }

  async #load(id: number): Promise<CompiledSchema> {
    const schema = await this.#source.findSchema(id)
    if (!schema) throw new UnknownSchemaError(`the schema registry has no schema with id ${id}`)
    return this.#keep(`id ${id}`, schema)
  }

  async #keep(key: string, schema: Schema): Promise<CompiledSchema> {
    const compile = await this.#compilers[schema.type]()
    // Those who waited for the same compiler may have come before.
    const known = this.#find(key)
    if (known) return settled(known)
    const compiled = tryToCompile(compile, schema)
    if (compiled instanceof InvalidSchemaError) {
      this.#known.set(key, { compiled, until: this.#now() + INVALID_FOR_MS }, LEAST_BYTES)
    } else {
      this.#known.set(key, { compiled, until: Number.POSITIVE_INFINITY }, bytesOf(schema))
    }
    return settled(compiled)
  }
}

/** Errors too, since to find out that a schema is invalid may take as long as anything. */
function tryToCompile(compile: Compile, schema: Schema): CompiledSchema | InvalidSchemaError {
  try {
    return { schema, codec: compile(schema) }
  } catch (error) {
    if (error instanceof InvalidSchemaError) return error
    throw error
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
  return LEAST_BYTES + BYTES_PER_CHARACTER * lengths.reduce((sum, length) => sum + length)
}

/** The schema registry has no schema of an id. */
export class UnknownSchemaError extends Error {
  override readonly name = 'UnknownSchemaError'
}
