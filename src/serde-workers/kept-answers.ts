/**
 * Answers about schemas that a worker keeps for a moment. The process asks the registry, and keeps its answers for as long
 * as they may be used; without this memory each request would be a message to the process.
 */
import { LRUCache } from 'lru-cache'
import type { Schema } from '../schema-registry/schema.ts'
import type { SchemaSource } from '../serde/schema-source.ts'

/** Added to the time for which the process keeps an answer. */
const KEPT_MS = 1000
/** Estimated memory: of each answer, and of each character of its question. */
const ANSWER_BYTES = 300
const BYTES_PER_CHARACTER = 2
const MAX_BYTES = 8 * 1024 * 1024

/** The answers that a worker keeps, of all callers. */
export class AnswerMemory {
  readonly #answers = new LRUCache<string, Promise<unknown>>({ maxSize: MAX_BYTES, ttl: KEPT_MS })
  /** The number of registrations by all workers. What was known before one is not used behind it. */
  readonly #registrations: Int32Array

  /** @param registrations four bytes that all workers share */
  constructor(registrations: SharedArrayBuffer) {
    this.#registrations = new Int32Array(registrations)
  }

  /** Ends what all workers know. */
  onRegistered(): void {
    Atomics.add(this.#registrations, 0, 1)
  }

  /** Returns a kept answer, or asks. */
  get<T>(about: string, ask: () => Promise<T>): Promise<T> {
    const question = `${Atomics.load(this.#registrations, 0)} ${about}`
    const known = this.#answers.get(question)
    if (known) return known as Promise<T>
    const answer = ask()
    this.#answers.set(question, answer, {
      size: ANSWER_BYTES + BYTES_PER_CHARACTER * question.length,
    })
    const forget = () => this.#answers.delete(question)
    answer.then((value) => value === undefined && forget(), forget)
    return answer
  }
}

/** Keeps answers to one caller, not failures or the lack of an answer. Requests with the same question share it. */
export class KeptAnswers implements SchemaSource {
  readonly #source: SchemaSource
  readonly #memory: AnswerMemory
  readonly #caller: string

  /** @param caller a name that no other credentials have; undefined for the process itself */
  constructor(source: SchemaSource, memory: AnswerMemory, caller?: string) {
    this.#source = source
    this.#memory = memory
    this.#caller = caller ?? ''
  }

  /** Not kept: the codecs keep what they make of it. */
  findSchema(id: number): Promise<Schema | undefined> {
    return this.#source.findSchema(id)
  }

  lookUp(subject: string, schema: Schema): Promise<number | undefined> {
    const question = `look up ${subject}\n${schema.type}\n${schema.text}`
    return this.#ask(question, () => this.#source.lookUp(subject, schema))
  }

  findLatest(subject: string): Promise<number | undefined> {
    return this.#ask(`latest ${subject}`, () => this.#source.findLatest(subject))
  }

  findVersion(subject: string, version: number): Promise<number | undefined> {
    return this.#ask(`${version} of ${subject}`, () => this.#source.findVersion(subject, version))
  }

  /** Ends what all workers know. */
  async register(subject: string, schema: Schema): Promise<number> {
    const id = await this.#source.register(subject, schema)
    this.#memory.onRegistered()
    return id
  }

  getVersionOfId(subject: string, id: number): Promise<number> {
    return this.#ask(`version of ${id} ${subject}`, () => this.#source.getVersionOfId(subject, id))
  }

  #ask<T>(about: string, ask: () => Promise<T>): Promise<T> {
    return this.#memory.get(`${this.#caller} ${about}`, ask)
  }
}
