/** The schema registry as a worker asks it for one caller: the process has the connections and the cache. */
import type { Schema } from '../schema-registry/schema.ts'
import type { SchemaSource } from '../serde/schema-source.ts'

/** The names of the questions. */
export type QuestionName = keyof SchemaSource

/** What a worker asks of its process. Arguments and results can be cloned. All rejections are RestErrors. */
export interface RegistryProcess {
  /** Asks what the method of this name asks, with the login of the caller; undefined for one without. */
  askRegistry<Name extends QuestionName>(
    login: string | undefined,
    name: Name,
    given: Parameters<SchemaSource[Name]>,
  ): ReturnType<SchemaSource[Name]>
}

/** The source of one caller. Owns nothing. */
export class ProcessSource implements SchemaSource {
  readonly #process: RegistryProcess
  readonly #login: string | undefined

  constructor(process: RegistryProcess, login: string | undefined) {
    this.#process = process
    this.#login = login
  }

  findSchema(id: number): Promise<Schema | undefined> {
    return this.#process.askRegistry(this.#login, 'findSchema', [id])
  }

  lookUp(subject: string, schema: Schema): Promise<number | undefined> {
    return this.#process.askRegistry(this.#login, 'lookUp', [subject, schema])
  }

  findLatest(subject: string): Promise<number | undefined> {
    return this.#process.askRegistry(this.#login, 'findLatest', [subject])
  }

  findVersion(subject: string, version: number): Promise<number | undefined> {
    return this.#process.askRegistry(this.#login, 'findVersion', [subject, version])
  }

  register(subject: string, schema: Schema): Promise<number> {
    return this.#process.askRegistry(this.#login, 'register', [subject, schema])
  }

  getVersionOfId(subject: string, id: number): Promise<number> {
    return this.#process.askRegistry(this.#login, 'getVersionOfId', [subject, id])
  }
}
