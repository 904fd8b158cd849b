/**
 * A schema registry in memory, and a language of schemas that is simple enough to be obvious. Its
 * texts are `any`, `string` (JSON strings only), `nullable` (those and null); `any Name` has a name;
 * anything else is invalid. A payload is the character `=` and the JSON.
 */

import { RestError } from '../../../src/errors.ts'
import type { Schema, SchemaType } from '../../../src/schema-registry/schema.ts'
import { type Codec, InvalidSchemaError, PayloadError } from '../../../src/serde/codec.ts'
import { Codecs } from '../../../src/serde/codecs.ts'
import { CompiledSchemas } from '../../../src/serde/compiled-schemas.ts'
import type { Compilers } from '../../../src/serde/formats.ts'
import { Busy } from '../../../src/serde/limits/busy.ts'
import { RefusedSchemas } from '../../../src/serde/limits/refused-schemas.ts'
import { SchemaRoom } from '../../../src/serde/limits/schema-room.ts'
import { Turns } from '../../../src/serde/limits/turns.ts'
import { PREFIX_BYTES, writePrefix } from '../../../src/serde/records/wire-format.ts'
import type { SchemaPolicy } from '../../../src/serde/schema-resolution.ts'
import type { SchemaSource } from '../../../src/serde/schema-source.ts'
import { Schemas } from '../../../src/serde/schemas.ts'
import { ShownSchemas } from '../../../src/serde/shown-schemas.ts'
import { subjectName } from '../../../src/serde/subject-name.ts'

const MARK = '='

/** Which values a schema takes. */
const TAKES: Readonly<Record<string, (json: string) => boolean>> = {
  any: (json) => json !== 'null',
  string: (json) => json.startsWith('"'),
  nullable: (json) => json === 'null' || json.startsWith('"'),
}

/** A payload as a codec makes it, with its prefix: what stands in Kafka. */
export function inKafka(schemaId: number, json: string): Buffer {
  const bytes = Buffer.alloc(PREFIX_BYTES + MARK.length + Buffer.byteLength(json))
  writePrefix(bytes, 0, schemaId)
  bytes.write(MARK + json, PREFIX_BYTES)
  return bytes
}

/** Makes a codec of a schema in the language above. */
export function compileSimple({ text }: Schema): Codec {
  const [kind = '', recordName] = text.split(' ')
  const takes = TAKES[kind]
  if (!takes) throw new InvalidSchemaError(`"${text}" is no schema`)
  return {
    recordName,
    encode(json) {
      if (!takes(json)) throw new PayloadError(`Expected ${kind}. Got ${json.slice(0, 20)}`)
      return Buffer.from(MARK + json)
    },
    decode(payload) {
      const text = payload.toString()
      if (!text.startsWith(MARK)) throw new PayloadError(`found ${text}, expected ${MARK}`)
      // What no codec may do, for tests of what becomes of it.
      if (text === `${MARK}"bug"`) throw new TypeError('a bug in a codec')
      return text.slice(MARK.length)
    },
  }
}

/** The same for all types of schemas. */
export const SIMPLE: Compilers = {
  AVRO: async () => compileSimple,
  JSON: async () => compileSimple,
  PROTOBUF: async () => compileSimple,
}

/** Ids begin at 1. */
export class FakeRegistry implements SchemaSource {
  readonly #schemas: Schema[] = []
  readonly #subjects = new Map<string, number[]>()
  /** Ids of schemas that it was asked for. */
  readonly asked: number[] = []
  /** What questions about an id or a subject are answered with. */
  readonly failures = new Map<number | string, Error>()
  /** What answers about an id wait for. */
  readonly pauses = new Map<number, Promise<void>>()

  /** A schema, under a subject if one is named. Returns its id. */
  add(text: string, type: SchemaType = 'AVRO', subject?: string): number {
    const known = this.#schemas.findIndex((each) => each.text === text && each.type === type)
    const id = known < 0 ? this.#schemas.push({ type, text, references: [] }) : known + 1
    if (subject) this.#subjects.set(subject, [...(this.#subjects.get(subject) ?? []), id])
    return id
  }

  async findSchema(id: number): Promise<Schema | undefined> {
    this.asked.push(id)
    await this.pauses.get(id)
    this.#fail(id)
    return this.#schemas[id - 1]
  }

  async lookUp(subject: string, { text, type }: Schema): Promise<number | undefined> {
    this.#fail(`look up ${subject}`)
    const ids = this.#subjects.get(subject) ?? []
    return ids.find((id) => {
      const schema = this.#schemas[id - 1]
      return schema?.text === text && schema.type === type
    })
  }

  async findLatest(subject: string): Promise<number | undefined> {
    this.#fail(`latest ${subject}`)
    return this.#subjects.get(subject)?.at(-1)
  }

  async findVersion(subject: string, version: number): Promise<number | undefined> {
    this.#fail(`version ${subject}`)
    return this.#subjects.get(subject)?.[version - 1]
  }

  async register(subject: string, { text, type }: Schema): Promise<number> {
    this.#fail(`register ${subject}`)
    return this.add(text, type, subject)
  }

  async getVersionOfId(subject: string, id: number): Promise<number> {
    this.#fail(subject)
    const at = (this.#subjects.get(subject) ?? []).indexOf(id)
    if (at < 0) throw new RestError('INTERNAL', `Schema ${id} is not registered under ${subject}`)
    return at + 1
  }

  #fail(about: number | string): void {
    const failure = this.failures.get(about)
    if (failure) throw failure
  }
}

/** As without any configuration. */
export const DEFAULT_POLICY: SchemaPolicy = {
  subjectOf: (part, topic, name) => subjectName('TopicNameStrategy', topic, part, name),
  registersTexts: true,
  usesLatest: false,
}

/** What a thread has, for schemas of the process itself. */
export function partsOf(compilers: Compilers) {
  const busy = new Busy()
  return {
    compiled: new CompiledSchemas(compilers, busy, new RefusedSchemas(1000)),
    shown: new ShownSchemas().of(undefined),
    busy,
    turns: new Turns(busy),
    room: new SchemaRoom(1e9),
  }
}

/** Codecs of the process itself. */
export function codecsOf(source: SchemaSource, compilers = SIMPLE): Codecs {
  const { compiled, shown } = partsOf(compilers)
  return new Codecs(source, compiled, shown)
}

/** Schemas of that language, from that registry. */
export function simpleSchemas(source: SchemaSource, nullIsEmpty = false): Schemas {
  return new Schemas({
    source,
    ...partsOf(SIMPLE),
    policy: DEFAULT_POLICY,
    nullIsEmpty,
    maxTextBytes: 1e9,
    maxPayloadBytes: 1e9,
    timeoutMs: 10_000,
  })
}
