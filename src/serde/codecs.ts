/** The schemas that are in use, each compiled once. */
import { LruCache } from '../schema-registry/lru-cache.ts'
import type { Schema, SchemaType } from '../schema-registry/schema.ts'
import type { Codec, Compile } from './codec.ts'
import type { SchemaSource } from './schema-source.ts'

/** A schema and what was made of it. */
export interface CompiledSchema {
  readonly schema: Schema
  readonly codec: Codec
}

/** What gives a schema its codec, by its language; to be loaded first. */
export type Compilers = Readonly<Record<SchemaType, () => Promise<Compile>>>

/**
 * Of the texts of schemas, and what is made of them takes a multiple. Those that were not used for
 * longest are compiled again when they are needed.
 */
const MAX_TEXT_BYTES = 16 * 1024 * 1024

/** Finds codecs by the ids of schemas, and by their texts. */
export class Codecs {
  readonly #source: SchemaSource
  readonly #compilers: Compilers
  readonly #known = new LruCache<CompiledSchema>(MAX_TEXT_BYTES)
  readonly #loads = new Map<number, Promise<CompiledSchema>>()

  constructor(source: SchemaSource, compilers: Compilers) {
    this.#source = source
    this.#compilers = compilers
  }

  /** The schema of an id, if it is there already. */
  find(id: number): CompiledSchema | undefined {
    return this.#known.find(`id ${id}`)
  }

  /**
   * The schema of an id; those who ask at the same time share the answer.
   * Rejects with a RestError of the registry's, an UnknownSchemaError or an InvalidSchemaError.
   */
  load(id: number): Promise<CompiledSchema> {
    const known = this.find(id)
    if (known) return Promise.resolve(known)
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
    return this.#known.find(key) ?? this.#keep(key, { type, text, references: [] })
  }

  async #load(id: number): Promise<CompiledSchema> {
    const schema = await this.#source.findSchema(id)
    if (!schema) throw new UnknownSchemaError(`the schema registry has no schema with id ${id}`)
    return this.#keep(`id ${id}`, schema)
  }

  async #keep(key: string, schema: Schema): Promise<CompiledSchema> {
    const compile = await this.#compilers[schema.type]()
    // Those who waited for the same compiler may have come before.
    const known = this.#known.find(key)
    if (known) return known
    const compiled = { schema, codec: compile(schema) }
    const texts = [schema, ...schema.references].map(({ text }) => text.length)
    this.#known.set(key, compiled, 2 * texts.reduce((sum, length) => sum + length))
    return compiled
  }
}

/** The schema registry has no schema of an id. */
export class UnknownSchemaError extends Error {
  override readonly name = 'UnknownSchemaError'
}
