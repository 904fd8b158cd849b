/**
 * The schema registry's API behind a cache. The client knows subjects, versions and ids, but not the contents of
 * schemas.
 */
import { createHash, hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Logger } from '../log.ts'
import { AnswerCache, type AnswerCounts, type Answers, type Question } from './answer-cache.ts'
import {
  type RegisteredVersion,
  registeredId,
  registeredVersion,
  type StoredSchema,
  type SubjectVersion,
  storedSchema,
  subjectVersions,
} from './answers.ts'
import { CallerAnswers } from './caller-answers.ts'
import { withReferences } from './references.ts'
import { RegistryError } from './registry-error.ts'
import type { Schema } from './schema.ts'
import type { RegistrySettings } from './settings.ts'
import { type Call, Transport, type TransportCounts } from './transport.ts'

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

/** The timeout of a request when the cache holds an expired response, in ms. */
const URGENT_TIMEOUT_MS = 1000

const UNAUTHORIZED = 401
/** A login that the registry does not know is not shown to it again for so long: it may count wrong attempts. */
const REFUSAL_MS = 10_000
const MAX_REFUSALS = 1000

/** The registry's error code for a schema that a subject does not have; its status is 404. */
const SCHEMA_NOT_FOUND = 40403
/** The registry's error code for an invalid subject name. */
const INVALID_SUBJECT = 42208
/** The limit for subject names: registries allow fewer characters, and the escaped name fits into a request head. */
const MAX_SUBJECT_LENGTH = 1000

/** Sends a call; `Transport.call` documents it. */
type Send = (call: Call, deadline: number) => Promise<unknown>

/**
 * The schema registry as one caller sees it: the process, or a client with a login of its own. All methods reject with a
 * `RegistryError` within a bounded time.
 */
export class RegistryView {
  readonly #settings: RegistrySettings
  readonly #send: Send
  readonly #cache: Answers

  constructor(settings: RegistrySettings, send: Send, cache: Answers) {
    this.#settings = settings
    this.#send = send
    this.#cache = cache
  }

  /** Returns the schema of an id, cached forever. Rejects with 40403 for an unknown id. */
  getSchema(id: number): Promise<Schema> {
    return this.#cache.get(this.#schemaQuestion(id))
  }

  /**
   * Returns a version of a subject, cached forever; `latest` is cached for a configured time. Rejects with 40401 for
   * an unknown subject, and with 40402 for an unknown version.
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
   * Returns the version of a subject with this schema, cached forever. Rejects with 40401 for an unknown subject, and
   * with 40403 when the subject has no such version.
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
   * Registers a schema under a subject and returns its id. A registered schema stays unchanged. Rejects with 42201 for
   * an invalid schema, and with 409 for an incompatible one.
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
    // A deleted schema must be registrable again.
    this.#cache.forget(key)
    // The new version makes cached failures and the cached latest version obsolete.
    this.#cache.forget(lookUpKey(subject, schema, false))
    this.#cache.forget(`version latest ${subject}`)
    this.#cache.forget(`reference latest ${subject}`)
    this.#cache.forget(versionOfIdKey(subject, id))
    return id
  }

  /**
   * Returns the current subjects and versions of a schema id, uncached because registrations may add some. Rejects
   * with 40403 for an unknown id.
   */
  getSubjectVersions(id: number): Promise<readonly SubjectVersion[]> {
    return this.#subjectVersions(id, this.#deadline(false))
  }

  /**
   * Returns the latest version of a subject with this schema id, cached forever. Rejects with 40403 when there is
   * none.
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

  /** Returns a schema with unresolved references, so that schemas share their cached references. */
  #getStored(subject: string, version: number, deadline: number): Promise<StoredSchema> {
    const wanted = version === -1 ? 'latest' : version
    // Schemas keep their references to deleted versions.
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
    return this.#send({ method: 'GET', path }, deadline)
  }

  #post(path: string, { type, text, references }: StoredSchema): Promise<unknown> {
    const body = JSON.stringify({
      schema: text,
      // Old registries know neither other types nor the member `schemaType`.
      ...(type !== 'AVRO' && { schemaType: type }),
      ...(references.length > 0 && { references }),
    })
    return this.#send({ method: 'POST', path, body }, this.#deadline(false))
  }

  #deadline(isUrgent: boolean): number {
    const { timeoutMs } = this.#settings
    return performance.now() + (isUrgent ? Math.min(URGENT_TIMEOUT_MS, timeoutMs) : timeoutMs)
  }
}

/** The client of one schema registry, which sees it with the configured credentials, or with none. */
export class RegistryClient extends RegistryView {
  readonly #settings: RegistrySettings
  readonly #transport: Transport
  readonly #cache: AnswerCache
  /** By callers: logins that the registry does not know. Others go on. */
  readonly #refusals: LRUCache<string, RegistryError>

  /** @param now milliseconds of a monotonic clock */
  constructor(
    settings: RegistrySettings,
    log: Logger,
    now: () => number = () => performance.now(),
  ) {
    const { cacheMaxBytes: maxBytes, failureTtlMs } = settings
    const transport = new Transport(settings, log)
    const cache = new AnswerCache({ maxBytes, failureTtlMs, now })
    super(settings, (call, deadline) => transport.call(call, deadline), cache)
    this.#settings = settings
    this.#transport = transport
    this.#cache = cache
    const options = { max: MAX_REFUSALS, ttl: REFUSAL_MS, ttlResolution: 0, perf: { now } }
    this.#refusals = new LRUCache(options)
  }

  /** Whether the registry is asked by `as()` only: it knows each caller by a login, and the process by none. */
  get needsLogins(): boolean {
    return this.#settings.needsLogins
  }

  /** Readings for the metrics. */
  get readings(): RegistryReadings {
    return {
      ...this.#cache.counts,
      ...this.#transport.counts,
      cachedBytes: this.#cache.bytes,
    }
  }

  /**
   * The registry as the owner of a login sees it. Its answers are nobody else's, and another password or token has answers of its
   * own. Connections, and the bound of the cache, are those of this client.
   *
   * @param login a value of Authorization
   */
  as(login: string): RegistryView {
    const caller = hash('sha256', login, 'base64url')
    return new RegistryView(
      this.#settings,
      (call, deadline) => this.#callAs(login, caller, call, deadline),
      new CallerAnswers(this.#cache, caller),
    )
  }

  async #callAs(login: string, caller: string, call: Call, deadline: number): Promise<unknown> {
    const refusal = this.#refusals.get(caller)
    if (refusal) throw refusal
    try {
      return await this.#transport.call(call, deadline, login)
    } catch (error) {
      const isUnknown = error instanceof RegistryError && error.status === UNAUTHORIZED
      if (isUnknown) this.#refusals.set(caller, error)
      throw error
    }
  }

  /** Closes all connections. Pending requests fail. */
  close(): void {
    this.#transport.close()
  }
}

/** @throws {RegistryError} for a name that would change the path */
function subjectPath(subject: string): string {
  if (/^\.{0,2}$/.test(subject)) throw invalidSubject(`"${subject}" is no name of a subject`)
  if (subject.length > MAX_SUBJECT_LENGTH) {
    throw invalidSubject(
      `"${subject.slice(0, 100)}…" has ${subject.length} characters, above the ${MAX_SUBJECT_LENGTH} that the name of a subject may have`,
    )
  }
  // encodeURIComponent throws on lone surrogates.
  return `/subjects/${encodeURIComponent(subject.replace(/\p{Surrogate}/gu, '\ufffd'))}`
}

function invalidSubject(why: string): RegistryError {
  const message = `${why}; error code: ${INVALID_SUBJECT}`
  return new RegistryError('refused', message, { status: 422, errorCode: INVALID_SUBJECT })
}

/** Removes the context prefix, which a registry under `/contexts/.name` puts before subjects. */
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

/** Returns a key with a digest of the schema, because schemas can be long. */
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
