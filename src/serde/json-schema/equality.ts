/** When two JSON values are the same: members in any order, and numbers by their digits. */
import { canonical, parseDecimal } from '../decimal.ts'
import type { KeptDigits } from '../json-text.ts'

/**
 * A text that two values share exactly when they are the same.
 *
 * @param container where the value stands, under `key`
 */
export function identityOf(container: object, key: string | number, digits: KeptDigits): string {
  const value: unknown = (container as Record<string | number, unknown>)[key]
  if (typeof value === 'number') return numberIdentity(digits.textOf(container, key) ?? `${value}`)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) {
    return `[${value.map((_, index) => identityOf(value, index, digits)).join()}]`
  }
  const members = Object.keys(value).sort()
  return `{${members.map((name) => `${JSON.stringify(name)}:${identityOf(value, name, digits)}`).join()}}`
}

function numberIdentity(text: string): string {
  const decimal = parseDecimal(text)
  return decimal === undefined ? text : canonical(decimal)
}
