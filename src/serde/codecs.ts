/** The codecs of schemas that a caller may see. */
import type { SchemaType } from '../schema-registry/schema.ts'
import type { CompiledSchema, CompiledSchemas } from './compiled-schemas.ts'
import { contentNameOf } from './schema-mark.ts'
import type { SchemaSource } from './schema-source.ts'
import type { ShownIds } from './shown-schemas.ts'

/**
 * Finds codecs by schema id, as the registry has shown it to the caller, and by schema text. A schema that is refused for a while
 * is a DeadlineError everywhere. Owns nothing: compiled schemas are those of the thread.
 */
export class Codecs {
  readonly #source: SchemaSource
  readonly #compiled: CompiledSchemas
  readonly #shown: ShownIds

  constructor(source: SchemaSource, compiled: CompiledSchemas, shown: ShownIds) {
    this.#source = source
    this.#compiled = compiled
    this.#shown = shown
  }

  /** Returns the schema of an id if it is known and compiled. @throws {DeadlineError} when it is refused for a while */
  find(id: number): CompiledSchema | undefined {
    const content = this.#shown.contentOf(id)
    return content === undefined ? undefined : this.#compiled.find(content)
  }

  /** See CompiledSchemas. */
  prepareToEncode(schema: CompiledSchema): void {
    this.#compiled.prepareToEncode(schema)
  }

  /**
   * Loads the schema of an id. Concurrent calls share one load. Rejects with the registry's RestError, an
   * UnknownSchemaError, an InvalidSchemaError or a DeadlineError.
   */
  load(id: number): Promise<CompiledSchema> {
    const content = this.#shown.contentOf(id)
    const known = content === undefined ? undefined : this.#compiled.get(content)
    return known ?? this.#shown.share(id, () => this.#load(id))
  }

  /** Compiles the schema text of a request. Rejects with an InvalidSchemaError or a DeadlineError. */
  ofText(type: SchemaType, text: string): Promise<CompiledSchema> {
    const content = `${type} ${text}`
    return (
      this.#compiled.get(content) ?? this.#compiled.compile(content, { type, text, references: [] })
    )
  }

  async #load(id: number): Promise<CompiledSchema> {
    const schema = await this.#source.findSchema(id)
    if (!schema) throw new UnknownSchemaError(`the schema registry has no schema with id ${id}`)
    const content = contentNameOf(schema)
    this.#shown.keep(id, content)
    return this.#compiled.get(content) ?? this.#compiled.compile(content, schema)
  }
}

/** The schema registry has no schema with this id. */
export class UnknownSchemaError extends Error {
  override readonly name = 'UnknownSchemaError'
}
