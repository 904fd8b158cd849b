/** The schema registry as `serde` sees it, and its errors as errors of the REST API (docs/conformance.md#7.9-other). */

import { type ErrorName, RestError } from '../errors.ts'
import type { RegistryView } from '../schema-registry/client.ts'
import { RegistryError } from '../schema-registry/registry-error.ts'
import type { Schema } from '../schema-registry/schema.ts'

/**
 * A schema registry with its own cache. All methods reject with a `RestError` within a bounded time; callers add the
 * purpose of the call to the message.
 */
export interface SchemaSource {
  /** Returns the schema of an id; undefined when the registry has none. */
  findSchema(id: number): Promise<Schema | undefined>
  /**
   * Returns the id of a schema under a subject; undefined when the registry refuses the look-up for any reason.
   * Registering the schema then gives the reason.
   */
  lookUp(subject: string, schema: Schema): Promise<number | undefined>
  /** Returns the id of a subject's latest version; undefined when the subject has none. */
  findLatest(subject: string): Promise<number | undefined>
  /** Returns the id of a version of a subject; undefined when there is none. */
  findVersion(subject: string, version: number): Promise<number | undefined>
  /** Registers a schema without references under a subject, and returns its id. */
  register(subject: string, schema: Schema): Promise<number>
  /** Returns the version of a subject with this schema id. Rejects when there is none. */
  getVersionOfId(subject: string, id: number): Promise<number>
}

/** The registry's error code for missing permissions. */
const FORBIDDEN = 40301
const NOT_FOUND = 404

/** HTTP statuses of the registry with an error of their own. */
const ERROR_OF_STATUS: Readonly<Record<number, ErrorName>> = {
  401: 'KAFKA_AUTHENTICATION',
  403: 'KAFKA_AUTHORIZATION',
  429: 'THROTTLED_BY_KAFKA',
}

/** Adapts a view of the registry. All rejections are RestErrors. */
export class RegistrySource implements SchemaSource {
  readonly #client: RegistryView

  constructor(client: RegistryView) {
    this.#client = client
  }

  findSchema(id: number): Promise<Schema | undefined> {
    return found(this.#client.getSchema(id))
  }

  async findLatest(subject: string): Promise<number | undefined> {
    const latest = await found(this.#client.getVersion(subject, 'latest'))
    return latest?.id
  }

  async findVersion(subject: string, version: number): Promise<number | undefined> {
    const registered = await found(this.#client.getVersion(subject, version))
    return registered?.id
  }

  async lookUp(subject: string, schema: Schema): Promise<number | undefined> {
    try {
      const { id } = await this.#client.lookUp(subject, registered(schema))
      return id
    } catch (error) {
      if (error instanceof RegistryError && error.failure === 'refused') return undefined
      throw restError(error)
    }
  }

  register(subject: string, schema: Schema): Promise<number> {
    return this.#client.register(subject, registered(schema)).catch(rethrow)
  }

  getVersionOfId(subject: string, id: number): Promise<number> {
    return this.#client.getVersionOfId(subject, id).catch(rethrow)
  }
}

/** Maps 404 to undefined. */
async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof RegistryError && error.status === NOT_FOUND) return undefined
    throw restError(error)
  }
}

/** Drops the references: schemas in requests have none. */
function registered({ type, text }: Schema): Parameters<RegistryView['register']>[1] {
  return { type, text, references: [] }
}

function rethrow(error: unknown): never {
  throw restError(error)
}

/** Maps registry errors to RestErrors. Other errors are defects and pass unchanged. */
function restError(error: unknown): unknown {
  if (!(error instanceof RegistryError)) return error
  return new RestError(nameOf(error), error.message)
}

function nameOf({ failure, status = 0, errorCode }: RegistryError): ErrorName {
  if (errorCode === FORBIDDEN) return 'KAFKA_AUTHORIZATION'
  const name = ERROR_OF_STATUS[status]
  if (name) return name
  return failure === 'unavailable' ? 'KAFKA_RETRIABLE_ERROR' : 'UNDECODABLE_RECORD'
}
