/** Names in Avro schemas: their syntax, and their resolution in namespaces. */
import { InvalidSchemaError } from '../codec.ts'

/** A full name, and its namespace or an empty string. */
export interface QualifiedName {
  readonly full: string
  readonly namespace: string
}

/** Avro's parser accepts any letter, although the specification says ASCII. */
const NAME = /^[\p{L}_][\p{L}\p{Nd}_]*$/u

/** @throws {InvalidSchemaError} when it is not a name without a namespace */
export function checkName(name: unknown, what: string): string {
  if (typeof name !== 'string') throw new InvalidSchemaError(`No ${what} name.`)
  if (!NAME.test(name))
    throw new InvalidSchemaError(`Illegal ${what} name: ${JSON.stringify(name)}`)
  return name
}

/**
 * Returns the full name of a type definition.
 *
 * @param name with or without a namespace; its namespace wins over the others
 * @param own the `namespace` beside the name; ignored unless it is a string
 * @param enclosing the namespace of the enclosing type
 * @throws {InvalidSchemaError} when it is not a name
 */
export function qualify(name: unknown, own: unknown, enclosing: string): QualifiedName {
  const text = typeof name === 'string' ? name : ''
  const dot = text.lastIndexOf('.')
  const beside = typeof own === 'string' ? own : enclosing
  const namespace = dot < 0 ? beside : text.slice(0, dot)
  const simple = checkName(dot < 0 ? name : text.slice(dot + 1), 'type')
  if (namespace === '') return { full: simple, namespace }
  // The enclosing namespace was checked at its own type.
  if (namespace !== enclosing) {
    for (const part of namespace.split('.')) checkName(part, 'namespace')
  }
  return { full: `${namespace}.${simple}`, namespace }
}

/** Returns the full names that a reference may mean, in order of precedence. */
export function candidates(name: string, enclosing: string): string[] {
  return enclosing === '' || name.includes('.') ? [name] : [`${enclosing}.${name}`, name]
}

/**
 * Returns the strings in a member of an object; an empty list without that member.
 *
 * @throws {InvalidSchemaError} when the member is not a list of strings
 */
export function namesIn(part: Readonly<Record<string, unknown>>, key: string): readonly string[] {
  const names = part[key] ?? []
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) {
    throw new InvalidSchemaError(`${key} must be a list of strings: ${jsonExcerpt(names)}`)
  }
  return names
}

/** @throws {InvalidSchemaError} when a name occurs twice */
export function checkUnique(names: readonly string[], message: string): void {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) throw new InvalidSchemaError(`${message}: ${name}`)
    seen.add(name)
  }
}

/** Returns the JSON of a part of a schema, cut to the length limit of messages. */
export function jsonExcerpt(part: unknown): string {
  const text = JSON.stringify(part)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
