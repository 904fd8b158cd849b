/** A schema registry that has what it is given and registers what is sent: it checks nothing. */
import type { ServerResponse } from 'node:http'
import type { SchemaType } from '../../../src/schema-registry/schema.ts'
import {
  type FaultyRegistry,
  failure,
  json,
  type SeenRequest,
} from '../../integration/schema-registry/faulty-registry.ts'

/** A schema, and the first versions of the subjects that it refers to. */
export interface InventedSchema {
  readonly type: SchemaType
  readonly text: string
  readonly references?: readonly { readonly name: string; readonly subject: string }[]
}

/** Ids, subjects and schemas in memory. */
export class InventedRegistry {
  readonly #schemas = new Map<number, InventedSchema>()
  readonly #ids = new Map<string, number>()
  /** The ids of a subject's versions, from version 1. */
  readonly #subjects = new Map<string, number[]>()
  /** Never the same id for another schema: Sluice remembers ids for ever. */
  static #lastId = 1000

  /** @param registry answers from now on as this one says */
  constructor(registry: FaultyRegistry) {
    registry.behaviour = (request, response) => {
      registry.requests.length = 0
      this.#serve(request, response)
    }
  }

  /** Returns the id of a schema, which is a version of the subject from now on. */
  add(schema: InventedSchema, subject: string): number {
    const key = `${schema.type} ${schema.text}`
    const id = this.#ids.get(key) ?? ++InventedRegistry.#lastId
    this.#ids.set(key, id)
    this.#schemas.set(id, schema)
    const versions = this.#subjects.get(subject) ?? []
    if (!versions.includes(id)) versions.push(id)
    this.#subjects.set(subject, versions)
    return id
  }

  /** Forgets all of it. */
  clear(): void {
    this.#schemas.clear()
    this.#ids.clear()
    this.#subjects.clear()
  }

  #serve(request: SeenRequest, response: ServerResponse): void {
    const path = request.path.split('?')[0] ?? ''
    const [, root, ...rest] = path.split('/').map(decodeURIComponent)
    const answer = root === 'schemas' ? this.#ofId(rest) : this.#ofSubject(request, rest)
    const behaviour = answer ? json(200, answer) : failure(404, 40403)
    behaviour(request, response)
  }

  /** `/schemas/ids/ID[/versions]`. */
  #ofId([, id, versions]: readonly string[]): object | undefined {
    return versions ? this.#versionsOf(Number(id)) : this.#describe('', Number(id), 1)
  }

  /** `/subjects/SUBJECT[/versions[/VERSION]]`. */
  #ofSubject(
    { method, body }: SeenRequest,
    [subject = '', versions, version]: readonly string[],
  ): object | undefined {
    if (method === 'GET') {
      const ids = this.#subjects.get(subject) ?? []
      const number = version === 'latest' ? ids.length : Number(version)
      return this.#describe(subject, ids[number - 1], number)
    }
    const { schema: text, schemaType: type = 'AVRO' } = JSON.parse(body)
    const id = this.add({ type, text }, subject)
    if (versions) return { id }
    return this.#describe(subject, id, (this.#subjects.get(subject) ?? []).indexOf(id) + 1)
  }

  #versionsOf(id: number): object {
    return [...this.#subjects].flatMap(([subject, ids]) =>
      ids.includes(id) ? [{ subject, version: ids.indexOf(id) + 1 }] : [],
    )
  }

  #describe(subject: string, id: number | undefined, version: number): object | undefined {
    const schema = this.#schemas.get(id ?? 0)
    if (!schema) return undefined
    const { type, text, references = [] } = schema
    return {
      subject,
      version,
      id,
      schema: text,
      ...(type !== 'AVRO' && { schemaType: type }),
      references: references.map((each) => ({ ...each, version: 1 })),
    }
  }
}
