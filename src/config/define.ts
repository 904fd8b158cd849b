/**
 * The definition of a configuration key: its type, default, bounds and text, or the reason why it has no effect. The
 * tables of keys are in `keys/`.
 */

import { masked } from './secrets.ts'

/** The importance for operators, as Kafka documents it. */
export type Importance = 'high' | 'medium' | 'low'

/** A key with an effect. */
export interface Key<T> {
  readonly support: 'supported'
  /** The name of the type in documents. */
  readonly type: string
  readonly default: T
  /** The default in documents, if it depends on other keys. */
  readonly shownDefault?: string
  /** A description of the valid values; empty when all are valid. */
  readonly valid: string
  readonly importance: Importance
  /** A description of the key's effect, of one or two sentences. */
  readonly doc: string
  /** Parses a value. Throws a `ValueFault`. */
  parse(text: string): T
}

/**
 * A key of Confluent's proxy that has no effect here. An `unsupported` or `ignored` key causes a warning, a `refused` key
 * prevents the start.
 */
export interface InertKey {
  readonly support: 'unsupported' | 'refused' | 'ignored'
  /** The missing feature, or the reason for its absence; completes "not supported yet: …" and "ignored: …". */
  readonly reason: string
  /** The values, in any letter case, that agree with Sluice's behaviour. */
  readonly harmless: readonly string[]
}

/** A row of a table of keys. */
export type Row = Key<unknown> | InertKey

/** The values of a table's supported keys, by name: a misspelt key is a type error. */
export type ConfigOf<Table> = {
  readonly [Name in keyof Table as Table[Name] extends Key<unknown>
    ? Name
    : never]: Table[Name] extends Key<infer T> ? T : never
}

/** An invalid value. The message completes "expected …" and has no secrets. */
export class ValueFault extends Error {}

/** Parses all items. Throws one `ValueFault` for all invalid ones. */
export function parseEach<T>(items: readonly string[], parse: (item: string) => T): readonly T[] {
  const values: T[] = []
  const problems: string[] = []
  for (const item of items) {
    try {
      values.push(parse(item))
    } catch (error) {
      if (!(error instanceof ValueFault)) throw error
      problems.push(`${error.message} instead of "${masked('', item)}"`)
    }
  }
  if (problems.length > 0) throw new ValueFault(problems.join('; '))
  return Object.freeze(values)
}

/** Parses items that are separated by commas. Throws as `parseEach` does. */
export function parseList<T>(text: string, parse: (item: string) => T): readonly T[] {
  const items = text.split(',').map((item) => item.trim())
  return parseEach(
    items.filter((item) => item !== ''),
    parse,
  )
}

interface Description<T> {
  readonly default: T
  readonly shownDefault?: string
  readonly importance: Importance
  readonly doc: string
}

interface Bounds {
  readonly min?: number
  readonly max?: number
}

/**
 * The longest time of a timer, in ms: those of JavaScript have 31 bits, and those of connections 32. A larger one would be a short
 * time, or none.
 */
export const MAX_TIMER_MS = 2 ** 31 - 1

const INT: Required<Bounds> = { min: -(2 ** 31), max: 2 ** 31 - 1 }
const LONG: Required<Bounds> = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }

/** An integer of 32 bits, between `min` and `max`. */
export function int(options: Description<number> & Bounds): Key<number> {
  return wholeNumber('int', INT, options)
}

/** An integer of up to 53 bits, between `min` and `max`. */
export function long(options: Description<number> & Bounds): Key<number> {
  return wholeNumber('long', LONG, options)
}

/** `auto`, or an integer between `min` and `max`. */
export function intOrAuto(
  options: Omit<Description<number | 'auto'>, 'default'> & Required<Bounds>,
): Key<number | 'auto'> {
  const number = int({ ...options, default: options.min })
  return {
    ...number,
    default: 'auto',
    valid: `auto, or ${number.valid}`,
    parse: (text) => (text.trim().toLowerCase() === 'auto' ? 'auto' : number.parse(text)),
  }
}

/** `true` or `false`, in any letter case. */
export function bool(options: Description<boolean>): Key<boolean> {
  return {
    ...options,
    support: 'supported',
    type: 'boolean',
    valid: 'true, false',
    parse(text) {
      const value = text.trim().toLowerCase()
      if (value !== 'true' && value !== 'false') throw new ValueFault('true or false')
      return value === 'true'
    },
  }
}

/** Any text, trimmed. */
export function string(options: Description<string>): Key<string> {
  return {
    ...options,
    support: 'supported',
    type: 'string',
    valid: '',
    parse: (text) => text.trim(),
  }
}

/** A secret, trimmed. Its name decides on its masking: see secrets.ts. */
export function password(options: Omit<Description<string>, 'default'>): Key<string> {
  return { ...string({ ...options, default: '' }), type: 'password' }
}

/** One of `values`, in any letter case. */
export function oneOf<const V extends string>(
  values: readonly V[],
  options: Description<NoInfer<V>>,
): Key<V> {
  const valid = values.map((name) => name || 'empty').join(', ')
  return {
    ...options,
    support: 'supported',
    type: 'enum',
    valid,
    parse(text) {
      const value = values.find((name) => name.toLowerCase() === text.trim().toLowerCase())
      if (value === undefined) throw new ValueFault(`one of ${valid}`)
      return value
    },
  }
}

/** One of Java's classes by `names`, with or without their packages. */
export function classNamed<const V extends string>(
  names: readonly V[],
  options: Description<NoInfer<V>>,
): Key<V> {
  const valid = `${names.join(', ')}, with or without a package`
  return {
    ...options,
    support: 'supported',
    type: 'class',
    valid,
    parse(text) {
      const value = names.find((name) => name === text.trim().replace(/^.*\./, ''))
      if (value === undefined) throw new ValueFault(`one of ${valid}`)
      return value
    },
  }
}

interface Items {
  /** A description of a valid item. */
  readonly valid?: string
  /** Returns the canonical form of an item. Throws a `ValueFault`. */
  parseItem?(text: string): string
}

/** Items separated by commas; the empty text is the empty list. */
export function list(options: Description<readonly string[]> & Items): Key<readonly string[]> {
  const { parseItem = (text: string) => text, valid = '', ...description } = options
  return {
    ...description,
    support: 'supported',
    type: 'list',
    valid,
    parse: (text) => parseList(text, parseItem),
  }
}

/** A key of a feature that does not exist yet. Values other than `harmless` ones cause a warning. */
export function unsupported(reason: string, harmless: readonly string[]): InertKey {
  return { support: 'unsupported', reason, harmless }
}

/**
 * A key of a protection that does not exist yet. Values other than `harmless` ones are faults: the process must not run
 * without a protection that the operator relies on.
 */
export function refused(reason: string, harmless: readonly string[]): InertKey {
  return { support: 'refused', reason, harmless }
}

/** A key without a meaning for Sluice. Values other than `harmless` ones cause a warning. */
export function ignored(reason: string, harmless: readonly string[] = []): InertKey {
  return { support: 'ignored', reason, harmless }
}

/** The same row under several names. */
export function each<const Name extends string>(
  names: readonly Name[],
  row: InertKey,
): Readonly<Record<Name, InertKey>> {
  return Object.fromEntries(names.map((name) => [name, row])) as Record<Name, InertKey>
}

function wholeNumber(
  type: string,
  widest: Required<Bounds>,
  options: Description<number> & Bounds,
): Key<number> {
  const { min = widest.min, max = widest.max, ...description } = options
  const bounds = describeBounds(min, max, widest)
  return {
    ...description,
    support: 'supported',
    type,
    valid: bounds,
    parse(text) {
      const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN
      if (!(value >= min && value <= max))
        throw new ValueFault(`a whole number${bounds && `, ${bounds}`}`)
      return value
    },
  }
}

function describeBounds(min: number, max: number, widest: Required<Bounds>): string {
  if (max !== widest.max) return `${min} to ${max}`
  return min === widest.min ? '' : `at least ${min}`
}
