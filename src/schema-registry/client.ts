/**
 * What the rest of the house asks a schema registry: Confluent's API, behind a cache. Knows
 * subjects, versions and ids; not what a schema says, and not which one a request should use.
 */
import { createHash } from 'node:crypto'
import type { Logger } from '../log.ts'
import { AnswerCache, type AnswerCounts, type Question } from './answer-cache.ts'
import {
  type RegisteredVersion,
  registeredId,
  registeredVersion,
  type StoredSchema,
  type SubjectVersion,
  storedSchema,
  subjectVersions,
} from './answers.ts'
import { withReferences } from './references.ts'
import { RegistryError } from './registry-error.ts'
import type { Schema } from './schema.ts'
import type { RegistrySettings } from './settings.ts'
import { Transport, type TransportCounts } from './transport.ts'

export type {
  RegisteredVersion,
  SchemaReference,
  StoredSchema,
  SubjectVersion,
} from './answers.ts'

/** A version of a subject with its schema. */
export interface RegisteredSchema extends RegisteredVersion {
  readonly schema: Schema
}

/** Counts since the start, and memory in use. */
export interface RegistryReadings extends AnswerCounts, TransportCounts {
  readonly cachedBytes: number
}

/** When there is an old answer, a new one is waited for this long, in ms. */
const URGENT_TIMEOUT_MS = 1000

/** The registry has other schemas, but not this: its code, whose status is 404. */
const SCHEMA_NOT_FOUND = 40403
/** Its code for a name that no subject can have. */
const INVALID_SUBJECT = 42208
/** Registries keep fewer; escaped, they fit into the head of a request. */
const MAX_SUBJECT_LENGTH = 1000

/** Asks one schema registry. All methods reject with a `RegistryError`, within a bounded time. */
export class RegistryClient {
  readonly #settings: RegistrySettings
  readonly #transport: Transport
  readonly #cache: AnswerCache

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    settings: RegistrySettings,
    log: Logger,
    now: () => number = () => performance.now(),
  ) {
    const { cacheMaxBytes: maxBytes, failureTtlMs } = settings
    this.#settings = settings
    this.#transport = new Transport(settings, log)
    this.#cache = new AnswerCache({ maxBytes, failureTtlMs, now })
  }

  /** For the metrics. */
  get readings(): RegistryReadings {
    return {
      ...this.#cache.counts,
      ...this.#transport.counts,
      cachedBytes: this.#cache.bytes,
    }
  }

  /** The schema of an id, kept for ever. Refused with 40403 when there is none. */
  getSchema(id: number): Promise<Schema> {
    return this.#cache.get(this.#schemaQuestion(id))
  }

  /**
   * A version of a subject, kept for ever; `latest` for a while.
   * Refused with 40401 without the subject, with 40402 without the version.
   */
  async getVersion(
    subject: string,
    version: number | 'latest',
    options: { readonly deleted?: boolean } = {},
  ): Promise<RegisteredSchema> {
    const { deleted = false } = options
    const query = deleted ? '?deleted=true' : ''
    const path = `${subjectPath(subject)}/versions/${version}${query}`
    return this.#cache.get({
      key: `version ${version}${query} ${subject}`,
      ttlMs: version === 'latest' ? this.#settings.latestTtlMs : Infinity,
      weigh: ({ schema }) => schemaBytes(schema),
      ask: async (isUrgent) => {
        const deadline = this.#deadline(isUrgent)
        const json = await this.#get(path, deadline)
        const registered = registeredVersion(json, `GET ${path}`)
        const schema = await this.#resolved(storedSchema(json, `GET ${path}`), deadline)
        this.#cache.set(this.#schemaQuestion(registered.id), schema)
        if (!deleted) this.#keepVersion(subject, registered)
        return { ...registered, schema }
      },
    })
  }

  /**
   * The version of a subject that is this schema, kept for ever.
   * Refused with 40401 without the subject, with 40403 when it has no such version.
   */
  async lookUp(
    subject: string,
    schema: StoredSchema,
    options: { readonly deleted?: boolean } = {},
  ): Promise<RegisteredVersion> {
    const { deleted = false } = options
    const path = `${subjectPath(subject)}${this.#query({ deleted })}`
    return this.#cache.get({
      key: lookUpKey(subject, schema, deleted),
      ttlMs: Infinity,
      weigh: ({ subject }) => 2 * subject.length,
      ask: async () => {
        const registered = registeredVersion(await this.#post(path, schema), `POST ${path}`)
        if (!deleted) this.#keepVersion(subject, registered)
        return registered
      },
    })
  }

  /**
   * Registers a schema under a subject; one that is there already stays as it is. Its id.
   * Refused with 42201 for what is no schema, with 409 for what isn't compatible.
   */
  async register(subject: string, schema: StoredSchema): Promise<number> {
    const path = `${subjectPath(subject)}/versions${this.#query({})}`
    const key = `register ${lookUpKey(subject, schema, false)}`
    const id = await this.#cache.get({
      key,
      ttlMs: 0,
      weigh: () => 0,
      ask: async () => registeredId(await this.#post(path, schema), `POST ${path}`),
    })
    // It may be deleted before it is registered again.
    this.#cache.forget(key)
    // It may have been missing until now, and the latest may have been another.
    this.#cache.forget(lookUpKey(subject, schema, false))
    this.#cache.forget(`version latest ${subject}`)
    this.#cache.forget(`reference latest ${subject}`)
    this.#cache.forget(versionOfIdKey(subject, id))
    return id
  }

  /**
   * The subjects and versions that have the schema of an id, as it is now: there may be more any
   * time. Refused with 40403 without the id.
   */
  getSubjectVersions(id: number): Promise<readonly SubjectVersion[]> {
    return this.#subjectVersions(id, this.#deadline(false))
  }

  /**
   * The latest version of a subject that has the schema of an id, kept for ever.
   * Refused with 40403 when there is none.
   */
  getVersionOfId(subject: string, id: number): Promise<number> {
    return this.#cache.get({
      ...versionOfIdQuestion(subject, id),
      ask: async (isUrgent) => {
        const versions = await this.#subjectVersions(id, this.#deadline(isUrgent))
        const own = versions.filter(
          (each) => withoutContext(each.subject) === withoutContext(subject),
        )
        if (own.length > 0) return Math.max(...own.map(({ version }) => version))
        throw new RegistryError(
          'refused',
          `Schema ${id} is not registered under subject "${subject}"; ` +
            `error code: ${SCHEMA_NOT_FOUND}`,
          { status: 404, errorCode: SCHEMA_NOT_FOUND },
        )
      },
    })
  }

  /** Closes its connections. What is on its way fails. */
  close(): void {
    this.#transport.close()
  }

  async #subjectVersions(id: number, deadline: number): Promise<readonly SubjectVersion[]> {
    const path = `/schemas/ids/${id}/versions`
    return subjectVersions(await this.#get(path, deadline), `GET ${path}`)
  }

  #schemaQuestion(id: number): Question<Schema> {
    const path = `/schemas/ids/${id}`
    return {
      key: `id ${id}`,
      ttlMs: Infinity,
      weigh: schemaBytes,
      ask: async (isUrgent) => {
        const deadline = this.#deadline(isUrgent)
        const json = await this.#get(path, deadline)
        return this.#resolved(storedSchema(json, `GET ${path}`), deadline)
      },
    }
  }

  #resolved(schema: StoredSchema, deadline: number): Promise<Schema> {
    return withReferences(
      schema,
      ({ subject, version }) => this.#getStored(subject, version, deadline),
      this.#settings.maxSchemaBytes,
    )
  }

  /** As it is, so that each reference is asked for once, whoever needs it. */
  #getStored(subject: string, version: number, deadline: number): Promise<StoredSchema> {
    const wanted = version === -1 ? 'latest' : version
    // What others refer to stays what it is when it is deleted.
    const path = `${subjectPath(subject)}/versions/${wanted}?deleted=true`
    return this.#cache.get({
      key: `reference ${wanted} ${subject}`,
      ttlMs: wanted === 'latest' ? this.#settings.latestTtlMs : Infinity,
      weigh: ({ text }) => 2 * text.length,
      ask: async () => storedSchema(await this.#get(path, deadline), `GET ${path}`),
    })
  }

  #keepVersion(subject: string, { id, version }: RegisteredVersion): void {
    this.#cache.set(versionOfIdQuestion(subject, id), version)
  }

  #query({ deleted = false }): string {
    const parameters = [
      ...(this.#settings.normalizes ? ['normalize=true'] : []),
      ...(deleted ? ['deleted=true'] : []),
    ]
    return parameters.length === 0 ? '' : `?${parameters.join('&')}`
  }

  #get(path: string, deadline: number): Promise<unknown> {
    return this.#transport.call({ method: 'GET', path }, deadline)
  }

  #post(path: string, { type, text, references }: StoredSchema): Promise<unknown> {
    const body = JSON.stringify({
      schema: text,
      // The oldest registries know no other, and no such member.
      ...(type !== 'AVRO' && { schemaType: type }),
      ...(references.length > 0 && { references }),
    })
    return this.#transport.call({ method: 'POST', path, body }, this.#deadline(false))
  }

  #deadline(isUrgent: boolean): number {
    const { timeoutMs } = this.#settings
    return performance.now() + (isUrgent ? Math.min(URGENT_TIMEOUT_MS, timeoutMs) : timeoutMs)
  }
}

/** @throws {RegistryError} for a name that would lead elsewhere */
function subjectPath(subject: string): string {
  if (/^\.{0,2}$/.test(subject)) throw invalidSubject(`"${subject}" is no name of a subject`)
  if (subject.length > MAX_SUBJECT_LENGTH) {
    throw invalidSubject(
      `"${subject.slice(0, 100)}…" has ${subject.length} characters, above the ${MAX_SUBJECT_LENGTH} that the name of a subject may have`,
    )
  }
  // Half of a character has no encoding.
  return `/subjects/${encodeURIComponent(subject.replace(/\p{Surrogate}/gu, '\ufffd'))}`
}

function invalidSubject(why: string): RegistryError {
  const message = `${why}; error code: ${INVALID_SUBJECT}`
  return new RegistryError('refused', message, { status: 422, errorCode: INVALID_SUBJECT })
}

/** A registry that is asked below `/contexts/.name` answers with that in front of its subjects. */
function withoutContext(subject: string): string {
  return subject.replace(/^:\.[^:]*:/, '')
}

function schemaBytes({ text, references }: Schema): number {
  return references.reduce(
    (sum, { name, text }) => sum + 2 * (name.length + text.length),
    2 * text.length,
  )
}

function versionOfIdKey(subject: string, id: number): string {
  return `version of ${id} ${subject}`
}

function versionOfIdQuestion(subject: string, id: number): Omit<Question<number>, 'ask'> {
  return { key: versionOfIdKey(subject, id), ttlMs: Infinity, weigh: () => 0 }
}

/** A digest of the content, since schemas can be long. */
function lookUpKey(subject: string, schema: StoredSchema, deleted: boolean): string {
  const { type, text, references } = schema
  const content = JSON.stringify([
    type,
    text,
    references.map(({ name, subject, version }) => [name, subject, version]),
  ])
  const digest = createHash('sha256').update(content).digest('base64')
  return `look-up ${deleted} ${digest} ${subject}`
}
