/** What is asked of a schema registry by those who encode and decode. */
import type { Schema } from '../schema-registry/schema.ts'

/**
 * A schema registry. What it was asked it remembers: that is not done here. All methods reject with
 * a `RestError` that a client may be told, within a bounded time; what could not be done is added to
 * its words by those who ask.
 */
export interface SchemaSource {
  /** The schema of an id; undefined when there is none. */
  findSchema(id: number): Promise<Schema | undefined>
  /**
   * The id under which a subject has this schema; undefined when the registry refuses to say one,
   * whatever the reason: registering one that is there already changes nothing, and tells more.
   */
  lookUp(subject: string, schema: Schema): Promise<number | undefined>
  /** The id of the latest version of a subject; undefined when it has none. */
  findLatest(subject: string): Promise<number | undefined>
  /** Registers a schema, which has no references, under a subject. Its id. */
  register(subject: string, schema: Schema): Promise<number>
  /** The version of a subject that has the schema of an id. Rejects when there is none. */
  getVersionOfId(subject: string, id: number): Promise<number>
}
