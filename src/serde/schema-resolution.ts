/** Which schema a produce request means, and under which id the registry has it (contract v2, 7.3). */
import { ERRORS, RestError } from '../errors.ts'
import type { SchemaType } from '../schema-registry/schema.ts'
import { NamelessSchemaError, type RecordPart } from '../schema-registry/subject-name.ts'
import { InvalidSchemaError } from './codec.ts'
import { type Codecs, type CompiledSchema, UnknownSchemaError } from './codecs.ts'
import type { SchemaSource } from './schema-source.ts'

/** What a request says of the schema of its keys, or of its values. */
export interface GivenSchema {
  readonly id?: number
  readonly text?: string
}

/** A schema to encode with. */
export interface ResolvedSchema extends CompiledSchema {
  readonly id: number
}

/** The subject of a part of a topic's records. @throws {NamelessSchemaError} when it needs a name */
export type SubjectOf = (part: RecordPart, topic: string, recordName: string | undefined) => string

/** Resolves what requests say. All rejections are RestErrors. */
export class SchemaResolution {
  readonly #source: SchemaSource
  readonly #codecs: Codecs
  readonly #subjectOf: SubjectOf

  constructor(source: SchemaSource, codecs: Codecs, subjectOf: SubjectOf) {
    this.#source = source
    this.#codecs = codecs
    this.#subjectOf = subjectOf
  }

  /** The schema; undefined when the request names none. */
  async resolve(
    type: SchemaType,
    part: RecordPart,
    topic: string,
    { id, text }: GivenSchema,
  ): Promise<ResolvedSchema | undefined> {
    if (id !== undefined && text !== undefined) {
      throw new RestError('BAD_REQUEST', `Give ${part}_schema or ${part}_schema_id, not both.`)
    }
    if (id !== undefined) return this.#resolveId(type, part, topic, id)
    return text === undefined ? undefined : this.#resolveText(type, part, topic, text)
  }

  async #resolveId(
    type: SchemaType,
    part: RecordPart,
    topic: string,
    id: number,
  ): Promise<ResolvedSchema> {
    const compiled = await asked(
      `Error when fetching schema by id. schemaId = ${id}`,
      this.#codecs.load(id),
    )
    const { schema } = compiled
    if (schema.type !== type) {
      throw new RestError(
        'SERIALIZATION_FAILED',
        `Error serializing message. The schema with id ${id} is ${schema.type}; ` +
          `the content type of the request is for ${type}.`,
      )
    }
    const subject = this.#subject(part, topic, compiled)
    // One that only other subjects have is refused: it says nothing of this topic's records.
    await asked(
      `Error when fetching schema version. subject = ${subject}, schema = ${schema.text}`,
      this.#source.getVersionOfId(subject, id),
    )
    return { ...compiled, id }
  }

  async #resolveText(
    type: SchemaType,
    part: RecordPart,
    topic: string,
    text: string,
  ): Promise<ResolvedSchema> {
    const compiled = await this.#compiled(type, text)
    const subject = this.#subject(part, topic, compiled)
    return { ...compiled, id: await this.#lookUpOrRegister(type, subject, compiled) }
  }

  async #compiled(type: SchemaType, text: string): Promise<CompiledSchema> {
    try {
      return await this.#codecs.ofText(type, text)
    } catch (error) {
      if (!(error instanceof InvalidSchemaError)) throw error
      throw new RestError(
        'INVALID_SCHEMA',
        `Invalid schema: Error when parsing raw schema. format = ${formatName(type)}, ` +
          `schema = ${text}\n${error.message}`,
      )
    }
  }

  #subject(part: RecordPart, topic: string, { codec }: CompiledSchema): string {
    try {
      return this.#subjectOf(part, topic, codec.recordName)
    } catch (error) {
      if (!(error instanceof NamelessSchemaError)) throw error
      throw new RestError('SERIALIZATION_FAILED', `Error serializing message. ${error.message}`)
    }
  }

  async #lookUpOrRegister(
    type: SchemaType,
    subject: string,
    { schema }: CompiledSchema,
  ): Promise<number> {
    const about = `format = ${formatName(type)}, subject = ${subject}, schema = ${schema.text}`
    // A registry that is down is not asked again: that would take as long, and fail as well.
    const known = await asked(
      `Error when looking up schema. ${about}`,
      this.#source.lookUp(subject, schema),
    )
    if (known !== undefined) return known
    return asked(`Error when registering schema. ${about}`, this.#source.register(subject, schema))
  }
}

/** As the original calls it. */
function formatName(type: SchemaType): string {
  return type === 'JSON' ? 'JSONSCHEMA' : type
}

/** An answer of the registry; its errors say also what it was asked for. */
async function asked<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!isExpected(error)) throw error
    if (error instanceof RestError && error.code === ERRORS.KAFKA_AUTHORIZATION[0]) {
      throw new RestError('KAFKA_AUTHORIZATION', what)
    }
    throw new RestError(
      'SERIALIZATION_FAILED',
      `Error serializing message. ${what}\n${error.message}`,
    )
  }
}

function isExpected(error: unknown): error is Error {
  return (
    error instanceof RestError ||
    error instanceof UnknownSchemaError ||
    error instanceof InvalidSchemaError
  )
}
