/** The positions behind the records that a response has, as the worker tells them with its chunks. */
import type { NextOffset } from '../serde/records/record-decoder.ts'

/** Texts are merged when there are so many. */
const MAX_TEXTS = 64

/** Of one response. */
export class Positions {
  /** JSON of lists of NextOffset, in their order: parsed when somebody asks. */
  #texts: string[] = []
  #staged: string | undefined
  /** The number of chunks that belong to it, and of those that came. */
  #chunks = 0
  #came = 0

  /** Whether the chunks so far end with a whole record. */
  get isWhole(): boolean {
    return this.#came === 0
  }

  /** Takes the positions behind the records of the next `chunks` chunks. */
  stage(text: Uint8Array, chunks: number): void {
    this.#staged = Buffer.from(text).toString()
    this.#chunks = chunks
    this.#came = 0
  }

  /** The response has another chunk. */
  onChunk(): void {
    this.#came++
    if (this.#came < this.#chunks || this.#staged === undefined) return
    this.#came = 0
    this.#texts.push(this.#staged)
    this.#staged = undefined
    if (this.#texts.length >= MAX_TEXTS) this.#texts = [JSON.stringify(this.all())]
  }

  /** The last position of each partition. */
  all(): NextOffset[] {
    const last = new Map<string, NextOffset>()
    for (const text of this.#texts) {
      for (const each of JSON.parse(text) as NextOffset[]) {
        last.set(`${each.partition} ${each.topic}`, each)
      }
    }
    return [...last.values()]
  }
}
