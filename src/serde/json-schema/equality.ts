/**
 * When two JSON values are the same: members in any order, and numbers by their digits. A value is asked about by many
 * keywords, and by those of each level around it, so that what was found of an object or array is kept.
 */
import { createHash } from 'node:crypto'
import { canonical, parseDecimal } from '../decimal.ts'
import type { KeptDigits } from '../kept-digits.ts'

/** Where a value stands, by which its digits are found. */
export interface Place {
  readonly container: object
  readonly key: string | number
}

/** Longer identities are replaced by digests, lest each level has the texts of all within it. */
const MAX_IDENTITY_LENGTH = 100

/** What the values of one text are, as compared with others. */
export class Identities {
  readonly #digits: KeptDigits
  readonly #ofContainers = new WeakMap<object, string>()
  readonly #haveUniqueItems = new WeakMap<object, boolean>()

  /** @param digits of all values that are asked about */
  constructor(digits: KeptDigits) {
    this.#digits = digits
  }

  /** A text that two values share exactly when they are the same, also if another instance says it. */
  of(value: unknown, { container, key }: Place): string {
    if (typeof value === 'number') {
      return numberIdentity(this.#digits.textOf(container, key) ?? `${value}`)
    }
    if (typeof value !== 'object' || value === null) return shortened(JSON.stringify(value))
    const known = this.#ofContainers.get(value)
    if (known !== undefined) return known
    const identity = shortened(this.#textOf(value))
    this.#ofContainers.set(value, identity)
    return identity
  }

  /** Whether no two items of an array are the same. */
  areUnique(items: readonly unknown[]): boolean {
    const known = this.#haveUniqueItems.get(items)
    if (known !== undefined) return known
    const isUnique = items.length < 2 || new Set(this.#ofItems(items)).size === items.length
    this.#haveUniqueItems.set(items, isUnique)
    return isUnique
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

/** Begins with what no JSON text begins with. */
function shortened(identity: string): string {
  if (identity.length <= MAX_IDENTITY_LENGTH) return identity
  return `#${createHash('sha256').update(identity).digest('base64')}`
}

function numberIdentity(text: string): string {
  const decimal = parseDecimal(text)
  return decimal === undefined ? text : canonical(decimal)
}
