/** Names in Avro schemas: what they may consist of, and what they mean where they stand. */
import { InvalidSchemaError } from '../codec.ts'

/** A name with its namespace; empty when it is in none. */
export interface QualifiedName {
  readonly full: string
  readonly namespace: string
}

/** As Avro's parser has it: any letter, though its specification says ASCII. */
const NAME = /^[\p{L}_][\p{L}\p{Nd}_]*$/u

/** @throws {InvalidSchemaError} when it isn't a name without a namespace */
export function checkName(name: unknown, what: string): string {
  if (typeof name !== 'string') throw new InvalidSchemaError(`No ${what} name.`)
  if (!NAME.test(name))
    throw new InvalidSchemaError(`Illegal ${what} name: ${JSON.stringify(name)}`)
  return name
}

/**
 * The full name of a type that is being defined.
 *
 * @param name with or without a namespace, which beats the others
 * @param own the `namespace` beside it, which may be anything
 * @param enclosing the namespace of the type around it
 * @throws {InvalidSchemaError} when it isn't a name
 */
export function qualify(name: unknown, own: unknown, enclosing: string): QualifiedName {
  const text = typeof name === 'string' ? name : ''
  const dot = text.lastIndexOf('.')
  const beside = typeof own === 'string' ? own : enclosing
  const namespace = dot < 0 ? beside : text.slice(0, dot)
  const simple = checkName(dot < 0 ? name : text.slice(dot + 1), 'type')
  if (namespace === '') return { full: simple, namespace }
  for (const part of namespace.split('.')) checkName(part, 'namespace')
  return { full: `${namespace}.${simple}`, namespace }
}

/** The names that a reference may mean, the likelier first. */
export function candidates(name: string, enclosing: string): string[] {
  return enclosing === '' || name.includes('.') ? [name] : [`${enclosing}.${name}`, name]
}

/**
 * The strings in a list of an object; none when there is no list.
 *
 * @throws {InvalidSchemaError} when it isn't a list of strings
 */
export function namesIn(part: Readonly<Record<string, unknown>>, key: string): readonly string[] {
  const names = part[key] ?? []
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) {
    throw new InvalidSchemaError(`${key} must be a list of strings: ${excerpt(names)}`)
  }
  return names
}

/** @throws {InvalidSchemaError} when one of them is there twice */
export function checkUnique(names: readonly string[], message: string): void {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) throw new InvalidSchemaError(`${message}: ${name}`)
    seen.add(name)
  }
}

/** The JSON of a part of a schema, of a length that a message can have. */
export function excerpt(part: unknown): string {
  const text = JSON.stringify(part)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
