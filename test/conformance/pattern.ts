/**
 * Patterns for JSON. A pattern is JSON that matches itself, with members of objects in the same
 * order, but for objects with one member that begins with `$`:
 *
 *     {"$is": "integer"}     a value of a kind: any, string, integer, object, array
 *     {"$matches": "^x"}     a string that a regular expression matches
 *     {"$part": {…}}         an object that has these members, among others, in any order
 *     {"$set": […]}          an array of these items, in any order
 *     {"$has": […]}          an array with these items, among others
 */

/** See above. */
export type Pattern = unknown

/** What is wrong with a value, with where; empty when it matches. */
export function faultsOf(value: unknown, pattern: Pattern, at = ''): string[] {
  const special = specialOf(pattern)
  if (special) return special.check(value, special.operand, at)
  if (Array.isArray(pattern)) return faultsOfArray(value, pattern, at)
  if (isObject(pattern)) return faultsOfObject(value, pattern, at)
  return value === pattern ? [] : [fault(value, pattern, at)]
}

type Check = (value: unknown, operand: unknown, at: string) => string[]

const KINDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  any: (value) => value !== undefined,
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isInteger(value),
  object: isObject,
  array: Array.isArray,
}

const CHECKS: Readonly<Record<string, Check>> = {
  $is(value, kind, at) {
    const isKind = KINDS[String(kind)]
    if (!isKind) throw new Error(`$is knows no ${kind}; it knows ${Object.keys(KINDS).join(', ')}.`)
    return isKind(value) ? [] : [fault(value, { $is: kind }, at)]
  },
  $matches(value, expression, at) {
    const matches = typeof value === 'string' && new RegExp(String(expression), 's').test(value)
    return matches ? [] : [fault(value, { $matches: expression }, at)]
  },
  $part(value, members, at) {
    if (!isObject(value)) return [fault(value, { $part: members }, at)]
    return Object.entries(members as object).flatMap(([name, member]) =>
      faultsOf(value[name], member, `${at}/${name}`),
    )
  },
  $set(value, items, at) {
    const isSameSize = Array.isArray(value) && value.length === (items as unknown[]).length
    return isSameSize ? faultsOfMissing(value, items, at) : [fault(value, { $set: items }, at)]
  },
  $has(value, items, at) {
    return Array.isArray(value)
      ? faultsOfMissing(value, items, at)
      : [fault(value, { $has: items }, at)]
  },
}

function specialOf(pattern: Pattern): { check: Check; operand: unknown } | undefined {
  if (!isObject(pattern)) return undefined
  const [name = '', ...others] = Object.keys(pattern)
  if (!name.startsWith('$')) return undefined
  const check = CHECKS[name]
  if (!check || others.length > 0) {
    throw new Error(`${JSON.stringify(pattern)} is no pattern; there are ${Object.keys(CHECKS)}.`)
  }
  return { check, operand: pattern[name] }
}

function faultsOfMissing(value: unknown[], items: unknown, at: string): string[] {
  return (items as unknown[])
    .filter((item) => !value.some((each) => faultsOf(each, item).length === 0))
    .map((item) => `${at} has no ${JSON.stringify(item)}: ${shown(value)}`)
}

function faultsOfArray(value: unknown, items: readonly unknown[], at: string): string[] {
  if (!Array.isArray(value) || value.length !== items.length) return [fault(value, items, at)]
  return items.flatMap((item, index) => faultsOf(value[index], item, `${at}/${index}`))
}

function faultsOfObject(value: unknown, members: Record<string, unknown>, at: string): string[] {
  const names = isObject(value) ? Object.keys(value) : undefined
  if (!isObject(value) || names?.join() !== Object.keys(members).join()) {
    return [fault(value, members, at)]
  }
  return Object.entries(members).flatMap(([name, member]) =>
    faultsOf(value[name], member, `${at}/${name}`),
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fault(value: unknown, pattern: unknown, at: string): string {
  return `${at === '' ? 'the body' : at} is ${shown(value)}, not ${shown(pattern)}`
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'absent').slice(0, 300)
}
