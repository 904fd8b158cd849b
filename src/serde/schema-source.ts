/** The schema registry as `serde` sees it, and its errors as errors of the REST API (contract v2, 7.9). */

import { type ErrorName, RestError } from '../errors.ts'
import type { RegistryClient } from '../schema-registry/client.ts'
import { RegistryError } from '../schema-registry/registry-error.ts'
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

/** The registry's own code for what its permissions don't allow. */
const FORBIDDEN = 40301
const NOT_FOUND = 404

/** Statuses that mean more than that the registry has no answer. */
const ERROR_OF_STATUS: Readonly<Record<number, ErrorName>> = {
  401: 'KAFKA_AUTHENTICATION',
  403: 'KAFKA_AUTHORIZATION',
  429: 'THROTTLED_BY_KAFKA',
}

/** All rejections are RestErrors. */
export class RegistrySource implements SchemaSource {
  readonly #client: RegistryClient

  constructor(client: RegistryClient) {
    this.#client = client
  }

  findSchema(id: number): Promise<Schema | undefined> {
    return found(this.#client.getSchema(id))
  }

  async findLatest(subject: string): Promise<number | undefined> {
    const latest = await found(this.#client.getVersion(subject, 'latest'))
    return latest?.id
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

/** Undefined for what is not there. */
async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof RegistryError && error.status === NOT_FOUND) return undefined
    throw restError(error)
  }
}

/** What a client writes refers to no other schema. */
function registered({ type, text }: Schema): Parameters<RegistryClient['register']>[1] {
  return { type, text, references: [] }
}

function rethrow(error: unknown): never {
  throw restError(error)
}

/** Our own faults stay what they are. */
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
