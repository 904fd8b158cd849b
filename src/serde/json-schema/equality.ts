/**
 * Equality of JSON values: members in any order, numbers by their digits. Several keywords, and those of each
 * enclosing level, compare the same values, so results are cached per object and array.
 */
import { createHash } from 'node:crypto'
import { canonical, parseDecimal } from '../digits/decimal.ts'
import type { KeptDigits } from '../digits/kept-digits.ts'

/** The position of a value, which identifies its digits. */
export interface Place {
  readonly container: object
  readonly key: string | number
}

/** Longer identities become digests, so that a level does not contain the texts of all inner levels. */
const MAX_IDENTITY_LENGTH = 100

/** The identities of one text's values. */
export class Identities {
  readonly #digits: KeptDigits
  readonly #ofContainers = new WeakMap<object, string>()
  readonly #haveUniqueItems = new WeakMap<object, boolean>()

  /** @param digits the digits of all values */
  constructor(digits: KeptDigits) {
    this.#digits = digits
  }

  /** Returns a text that equals another value's text exactly when the values are equal, also across instances. */
  of(value: unknown, { container, key }: Place): string {
    if (typeof value === 'number') {
      const text = this.#digits.textOf(container, key)
      return text === undefined ? `${value}` : numberIdentity(text)
    }
    if (typeof value !== 'object' || value === null) return shortened(JSON.stringify(value))
    const known = this.#ofContainers.get(value)
    if (known !== undefined) return known
    const identity = shortened(this.#textOf(value))
    this.#ofContainers.set(value, identity)
    return identity
  }

  /** Whether all items of an array differ. */
  areUnique(items: readonly unknown[]): boolean {
    const known = this.#haveUniqueItems.get(items)
    if (known !== undefined) return known
    const isUnique = items.length < 2 || new Set(this.#comparable(items)).size === items.length
    this.#haveUniqueItems.set(items, isUnique)
    return isUnique
  }

  /** Sets tell scalars apart as JSON does, and take zero for minus zero. */
  #comparable(items: readonly unknown[]): readonly unknown[] {
    return this.#digits.isIn(items) || items.some(isContainer) ? this.#ofItems(items) : items
  }

  #textOf(container: object): string {
    if (Array.isArray(container)) return `[${this.#ofItems(container).join()}]`
    const members = Object.entries(container)
      .map(([key, member]) => `${JSON.stringify(key)}:${this.of(member, { container, key })}`)
      .sort()
    return `{${members.join()}}`
  }

  #ofItems(container: readonly unknown[]): string[] {
    return container.map((item, key) => this.of(item, { container, key }))
  }
}

/** Digests begin with a character that begins no JSON text. */
function shortened(identity: string): string {
  if (identity.length <= MAX_IDENTITY_LENGTH) return identity
  return `#${createHash('sha256').update(identity).digest('base64')}`
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** A number whose text is kept equals no number whose double is exact. */
function numberIdentity(text: string): string {
  const decimal = parseDecimal(text)
  return decimal === undefined ? text : canonical(decimal)
}
