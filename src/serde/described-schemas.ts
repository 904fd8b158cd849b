/** Resolution of the schemas that records of the v3 API describe: the codec, and the place in the registry. */
import { RestError } from '../errors.ts'
import type { SchemaType } from '../schema-registry/schema.ts'
import type { Codecs } from './codecs.ts'
import type { CompiledSchema } from './compiled-schemas.ts'
import {
  askRegistry,
  compileText,
  loadSchema,
  type SchemaPolicy,
  shortened,
} from './schema-resolution.ts'
import type { SchemaSource } from './schema-source.ts'
import {
  NamelessSchemaError,
  type RecordPart,
  type SubjectNameStrategy,
  subjectName,
} from './subject-name.ts'

/** What a record says about the schema of its key or value. The engine has checked which members exclude each other. */
export interface SchemaDescription {
  readonly part: RecordPart
  readonly type?: 'AVRO' | 'JSONSCHEMA' | 'PROTOBUF'
  readonly subject?: string
  readonly subject_name_strategy?: 'TOPIC_NAME' | 'RECORD_NAME' | 'TOPIC_RECORD_NAME'
  readonly schema_id?: number
  readonly schema_version?: number
  readonly schema?: string
}

/** A schema with its codec and its place in the registry. */
export interface DescribedSchema extends CompiledSchema {
  readonly id: number
  readonly subject: string
  readonly version: number
}

const STRATEGIES: Readonly<Record<string, SubjectNameStrategy>> = {
  TOPIC_NAME: 'TopicNameStrategy',
  RECORD_NAME: 'RecordNameStrategy',
  TOPIC_RECORD_NAME: 'TopicRecordNameStrategy',
}

const TYPES: Readonly<Record<string, SchemaType>> = {
  AVRO: 'AVRO',
  JSONSCHEMA: 'JSON',
  PROTOBUF: 'PROTOBUF',
}

const NAMES: Readonly<Record<SchemaType, string>> = {
  AVRO: 'AVRO',
  JSON: 'JSONSCHEMA',
  PROTOBUF: 'PROTOBUF',
}

/** The type of a name in the v3 API, which the engine has checked. */
export function typeOf(name: SchemaDescription['type']): SchemaType {
  return TYPES[name ?? ''] as SchemaType
}

/** The name of a schema's type in the v3 API. */
export function typeNameOf(type: SchemaType): string {
  return NAMES[type]
}

/** Resolves descriptions. All rejections are RestErrors. */
export class DescribedSchemas {
  readonly #source: SchemaSource
  readonly #codecs: Codecs
  readonly #policy: SchemaPolicy

  constructor(source: SchemaSource, codecs: Codecs, policy: SchemaPolicy) {
    this.#source = source
    this.#codecs = codecs
    this.#policy = policy
  }

  resolve(topic: string, description: SchemaDescription): Promise<DescribedSchema> {
    const { schema, schema_id: id } = description
    if (schema !== undefined) return this.#resolveText(topic, description, schema)
    if (id !== undefined) return this.#resolveId(topic, description, id)
    return this.#resolveVersion(topic, description)
  }

  async #resolveId(
    topic: string,
    description: SchemaDescription,
    id: number,
  ): Promise<DescribedSchema> {
    const compiled = await loadSchema(this.#codecs, id)
    const subject = this.#subjectOf(topic, description, compiled.codec.recordName)
    return this.#withVersion(subject, id, compiled)
  }

  /** The schema of a version, or the latest one: its subject does not depend on it. */
  async #resolveVersion(topic: string, description: SchemaDescription): Promise<DescribedSchema> {
    const { schema_version: version } = description
    const subject = this.#subjectWithoutSchema(topic, description)
    const id =
      version === undefined
        ? await askRegistry(
            `Error when fetching latest schema version. subject = ${shortened(subject)}`,
            this.#source.findLatest(subject),
          )
        : await askRegistry(
            `Error when fetching schema version. subject = ${shortened(subject)}, version = ${version}`,
            this.#source.findVersion(subject, version),
          )
    if (id === undefined) {
      throw new RestError(
        'BAD_REQUEST',
        `Bad Request: Schema does not exist for subject: ${shortened(subject)}, version: ${version ?? 'latest'}`,
      )
    }
    return this.#withVersion(subject, id, await loadSchema(this.#codecs, id))
  }

  /** A text is registered unless it is known, whatever the configuration says about v2. */
  async #resolveText(
    topic: string,
    description: SchemaDescription,
    text: string,
  ): Promise<DescribedSchema> {
    const type = typeOf(description.type)
    const compiled = await compileText(this.#codecs, type, text)
    const subject = this.#subjectOf(topic, description, compiled.codec.recordName)
    const about = `format = ${description.type}, subject = ${shortened(subject)}, schema = ${shortened(text)}`
    const known = await askRegistry(
      `Error when looking up schema. ${about}`,
      this.#source.lookUp(subject, compiled.schema),
    )
    const id =
      known ??
      (await askRegistry(
        `Error when registering schema. ${about}`,
        this.#source.register(subject, compiled.schema),
      ))
    return this.#withVersion(subject, id, compiled)
  }

  async #withVersion(
    subject: string,
    id: number,
    compiled: CompiledSchema,
  ): Promise<DescribedSchema> {
    const version = await askRegistry(
      `Error when fetching schema version. subject = ${shortened(subject)}, schema = ${shortened(compiled.schema.text)}`,
      this.#source.getVersionOfId(subject, id),
    )
    return { ...compiled, id, subject, version }
  }

  #subjectOf(
    topic: string,
    { part, subject, subject_name_strategy: strategy }: SchemaDescription,
    recordName: string | undefined,
  ): string {
    if (subject !== undefined) return subject
    try {
      return strategy === undefined
        ? this.#policy.subjectOf(part, topic, recordName)
        : subjectName(STRATEGIES[strategy] as SubjectNameStrategy, topic, part, recordName)
    } catch (error) {
      if (!(error instanceof NamelessSchemaError)) throw error
      throw new RestError('SERIALIZATION_FAILED', `Error serializing message. ${error.message}`)
    }
  }

  #subjectWithoutSchema(topic: string, description: SchemaDescription): string {
    try {
      return this.#subjectOf(topic, description, undefined)
    } catch (error) {
      if (!(error instanceof RestError)) throw error
      const { subject_name_strategy: strategy } = description
      const which =
        strategy === undefined
          ? 'default schema_subject_strategy'
          : `schema_subject_strategy=${strategy}`
      throw new RestError(
        'BAD_REQUEST',
        `Bad Request: Cannot use ${which} without schema_id or schema.`,
      )
    }
  }
}
