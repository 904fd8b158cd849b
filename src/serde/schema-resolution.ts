/** Resolution of a produce request's schemas: the codec, and the id in the registry (docs/conformance.md#7.3). */
import { RestError } from '../errors.ts'
import type { SchemaType } from '../schema-registry/schema.ts'
import { InvalidSchemaError } from './codec.ts'
import { type Codecs, UnknownSchemaError } from './codecs.ts'
import type { CompiledSchema } from './compiled-schemas.ts'
import { FORMATS } from './formats.ts'
import { excerpt } from './limits/text-length.ts'
import type { SchemaSource } from './schema-source.ts'
import { NamelessSchemaError, type RecordPart } from './subject-name.ts'

/** The schema of the keys or of the values, as the request gives it. */
export interface GivenSchema {
  readonly id?: number
  readonly text?: string
}

/** A schema with its codec and its registry id. */
export interface ResolvedSchema extends CompiledSchema {
  readonly id: number
  /** Whether the schema comes from `use.latest.version` and not from the request; nulls then get no payload. */
  readonly isImplied: boolean
}

/**
 * Returns the subject for the keys or values of a topic. @throws {NamelessSchemaError} when the strategy needs a
 * record name and there is none
 */
export type SubjectOf = (part: RecordPart, topic: string, recordName: string | undefined) => string

/** The configuration of schema resolution. */
export interface SchemaPolicy {
  readonly subjectOf: SubjectOf
  /** `schema.registry.auto.register.schemas`. */
  readonly registersTexts: boolean
  /** `schema.registry.use.latest.version`, for requests without a schema. */
  readonly usesLatest: boolean
}

/** Resolves the schemas of requests. All rejections are RestErrors. */
export class SchemaResolution {
  readonly #source: SchemaSource
  readonly #codecs: Codecs
  readonly #policy: SchemaPolicy

  constructor(source: SchemaSource, codecs: Codecs, policy: SchemaPolicy) {
    this.#source = source
    this.#codecs = codecs
    this.#policy = policy
  }

  /** Resolves one schema. Undefined when the request names none and `use.latest.version` finds none. */
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
    if (text !== undefined) return this.#resolveText(type, part, topic, text)
    return this.#policy.usesLatest ? this.#resolveLatest(type, part, topic) : undefined
  }

  async #resolveId(
    type: SchemaType,
    part: RecordPart,
    topic: string,
    id: number,
  ): Promise<ResolvedSchema> {
    const compiled = await this.#load(type, id)
    const subject = this.#subject(part, topic, compiled)
    // A schema that is registered only under other subjects is refused: it does not describe this topic's records.
    await askRegistry(
      `Error when fetching schema version. subject = ${shortened(subject)}, schema = ${shortened(compiled.schema.text)}`,
      this.#source.getVersionOfId(subject, id),
    )
    return { ...compiled, id, isImplied: false }
  }

  async #resolveLatest(
    type: SchemaType,
    part: RecordPart,
    topic: string,
  ): Promise<ResolvedSchema | undefined> {
    const subject = this.#subjectOfAny(part, topic)
    if (subject === undefined) return undefined
    const id = await askRegistry(
      `Error when fetching latest schema version. subject = ${shortened(subject)}`,
      this.#source.findLatest(subject),
    )
    return id === undefined ? undefined : { ...(await this.#load(type, id)), id, isImplied: true }
  }

  /** Returns the subject that all records of a topic share; undefined when the subject depends on the record name. */
  #subjectOfAny(part: RecordPart, topic: string): string | undefined {
    try {
      return this.#policy.subjectOf(part, topic, undefined)
    } catch (error) {
      if (error instanceof NamelessSchemaError) return undefined
      throw error
    }
  }

  async #load(type: SchemaType, id: number): Promise<CompiledSchema> {
    const compiled = await loadSchema(this.#codecs, id)
    const { schema } = compiled
    if (schema.type === type) return compiled
    throw new RestError(
      'SERIALIZATION_FAILED',
      `Error serializing message. The schema with id ${id} is ${schema.type}; ` +
        `the content type of the request is for ${type}.`,
    )
  }

  async #resolveText(
    type: SchemaType,
    part: RecordPart,
    topic: string,
    text: string,
  ): Promise<ResolvedSchema> {
    const compiled = await compileText(this.#codecs, type, text)
    const subject = this.#subject(part, topic, compiled)
    const id = await this.#lookUpOrRegister(type, subject, compiled)
    return { ...compiled, id, isImplied: false }
  }

  #subject(part: RecordPart, topic: string, { codec }: CompiledSchema): string {
    try {
      return this.#policy.subjectOf(part, topic, codec.recordName)
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
    const about = `format = ${FORMATS[type].name.toUpperCase()}, subject = ${shortened(subject)}, schema = ${shortened(schema.text)}`
    // A failed look-up ends the request: registering would fail after the same timeout.
    const known = await askRegistry(
      `Error when looking up schema. ${about}`,
      this.#source.lookUp(subject, schema),
    )
    if (known !== undefined) return known
    if (!this.#policy.registersTexts) throw notRegistered(about)
    return askRegistry(
      `Error when registering schema. ${about}`,
      this.#source.register(subject, schema),
    )
  }
}

/** Returns a schema of the registry, ready to encode. Rejects with a RestError. */
export function loadSchema(codecs: Codecs, id: number): Promise<CompiledSchema> {
  return askRegistry(
    `Error when fetching schema by id. schemaId = ${id}`,
    codecs.load(id).then((compiled) => readyToEncode(codecs, compiled)),
  )
}

/** Returns a schema of a request, ready to encode. Rejects with a RestError for an invalid one. */
export async function compileText(
  codecs: Codecs,
  type: SchemaType,
  text: string,
): Promise<CompiledSchema> {
  try {
    return readyToEncode(codecs, await codecs.ofText(type, text))
  } catch (error) {
    if (!(error instanceof InvalidSchemaError)) throw error
    throw new RestError(
      'INVALID_SCHEMA',
      `Invalid schema: Error when parsing raw schema. format = ${FORMATS[type].name.toUpperCase()}, ` +
        `schema = ${shortened(text)}\n${error.message}`,
    )
  }
}

/** @throws {InvalidSchemaError} when values cannot be encoded with the schema */
function readyToEncode(codecs: Codecs, compiled: CompiledSchema): CompiledSchema {
  codecs.prepareToEncode(compiled)
  return compiled
}

function notRegistered(about: string): RestError {
  return new RestError(
    'SERIALIZATION_FAILED',
    'Error serializing message. The schema is not registered under its subject, and ' +
      'schema.registry.auto.register.schemas is false: register it first, or use one that is. ' +
      about,
  )
}

/** Limit for schemas and subjects in messages. A request may contain megabytes of either. */
const MAX_SHOWN_LENGTH = 4096

/** A text of a request or of the registry, for a message. */
export function shortened(text: string): string {
  return excerpt(text, MAX_SHOWN_LENGTH)
}

/** Awaits the registry. Rejects with a RestError. A failure gets the description of the request as its message. */
export async function askRegistry<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!isExpected(error)) throw error
    if (error instanceof RestError && error.name === 'KAFKA_AUTHORIZATION') {
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
