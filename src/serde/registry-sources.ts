/** The schema registry of the process as its callers see it, each with its own rights if it has any. */
import { RestError } from '../errors.ts'
import type { RegistryClient } from '../schema-registry/client.ts'
import { RegistrySource, type SchemaSource } from './schema-source.ts'

const NO_LOGIN =
  'The schema registry is asked with the login of each principal, and the one of this request is of no kind that ' +
  'schema.registry.basic.auth.credentials.source and schema.registry.bearer.auth.credentials.source pass on.'

/** Sources by callers. */
export interface SchemaSources {
  /**
   * Throws 403 for a caller that may not ask.
   *
   * @param login the caller's value of Authorization at the registry; undefined without one
   */
  of(login: string | undefined): SchemaSource
}

/** One source for all callers. */
export class SharedSource implements SchemaSources {
  readonly #source: SchemaSource

  constructor(source: SchemaSource) {
    this.#source = source
  }

  of(): SchemaSource {
    return this.#source
  }
}

/** A source for each login. The registry's answers to one are nobody else's. */
export class SourcesOfCallers implements SchemaSources {
  readonly #client: RegistryClient

  constructor(client: RegistryClient) {
    this.#client = client
  }

  of(login: string | undefined): SchemaSource {
    // Nobody asks with the rights of the process, or with none.
    if (login === undefined) throw new RestError('KAFKA_AUTHORIZATION', NO_LOGIN)
    return new RegistrySource(this.#client.as(login))
  }
}

/** Returns the sources of a registry. */
export function sourcesOf(client: RegistryClient): SchemaSources {
  return client.needsLogins
    ? new SourcesOfCallers(client)
    : new SharedSource(new RegistrySource(client))
}
