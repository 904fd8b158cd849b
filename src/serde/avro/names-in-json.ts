/** Strings of a JSON text that are one of a few names: enum symbols, branches of unions. */
import type { JsonText } from './json-text.ts'

/** So many are tried one by one, which is faster than making a string to look it up. */
const FEW = 32

/** Names by their bytes. */
export class Names {
  readonly #few: readonly Uint8Array[]
  readonly #indexes: ReadonlyMap<string, number>

  constructor(names: readonly string[]) {
    this.#few = names.slice(0, FEW).map((name) => Buffer.from(JSON.stringify(name)))
    this.#indexes = new Map(names.map((name, index) => [name, index]))
  }

  /** Passes a string. Which name it is; -1 if it is none. */
  take(json: JsonText): number {
    const few = this.#few
    for (let index = 0; index < few.length; index++) {
      if (json.takeExactly(few[index] as Uint8Array)) return index
    }
    return this.#indexes.get(json.string()) ?? -1
  }
}
