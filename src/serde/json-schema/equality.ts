/** When two JSON values are the same: members in any order, and numbers by their digits. */
import { canonical, parseDecimal } from '../decimal.ts'
import type { KeptDigits } from '../kept-digits.ts'

/** Where a value stands, by which its digits are found. */
export interface Place {
  readonly container: object
  readonly key: string | number
}

/** A text that two values share exactly when they are the same. */
export function identityOf(value: unknown, { container, key }: Place, digits: KeptDigits): string {
  if (typeof value === 'number') return numberIdentity(digits.textOf(container, key) ?? `${value}`)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const within = (inner: unknown, name: string | number) =>
    identityOf(inner, { container: value, key: name }, digits)
  if (Array.isArray(value)) return `[${value.map(within).join()}]`
  const members = Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${within(member, name)}`)
    .sort()
  return `{${members.join()}}`
}

function numberIdentity(text: string): string {
  const decimal = parseDecimal(text)
  return decimal === undefined ? text : canonical(decimal)
}
