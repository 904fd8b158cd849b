/** Parsed schemas, adapted for Ajv. */
import type { AnySchemaObject } from 'ajv'
import type { Schema } from '../../schema-registry/schema.ts'
import { InvalidSchemaError } from '../codec.ts'
import { readJsonText } from '../digits/json-text.ts'
import { KeptDigits, parseKeepingDigits } from '../digits/kept-digits.ts'
import { type Draft, draftOf, findFault, prepare } from './drafts.ts'

/** One parsed text. */
export type SchemaNode = AnySchemaObject | boolean

/** A schema with its references. Ajv keeps the objects. */
export interface SchemaTree {
  readonly draft: Draft
  readonly root: SchemaNode
  /** The references by name. */
  readonly references: ReadonlyMap<string, SchemaNode>
  /** The digits of root and references. */
  readonly digits: KeptDigits
  /** Whether doubles represent all numbers of these schemas. */
  readonly fitsDoubles: boolean
  /** The length of all texts. */
  readonly length: number
}

/** @throws when a text is neither a JSON object nor a boolean */
export function parseSchema({ text, references }: Schema): SchemaTree {
  const parser = new TreeParser()
  const root = parser.parse(text)
  const nodes = references.map(({ name, text }) => [name, parser.parse(text)] as const)
  const { digits, fitsDoubles, length } = parser
  const draft = draftOf(root)
  for (const node of [root, ...nodes.map(([, node]) => node)]) prepare(draftOf(node, draft))
  return { draft, root, references: new Map(nodes), digits, fitsDoubles, length }
}

/** @throws {InvalidSchemaError} when a schema violates its draft's meta schema */
export function checkSchema({ draft, root, references }: SchemaTree): void {
  for (const node of [root, ...references.values()]) {
    const fault = findFault(draftOf(node, draft), node)
    if (fault !== undefined) throw new InvalidSchemaError(fault)
  }
}

class TreeParser {
  readonly digits = new KeptDigits()
  fitsDoubles = true
  length = 0

  parse(text: string): SchemaNode {
    JSON.parse(text)
    const { compact, fitsDoubles } = readJsonText(text)
    this.fitsDoubles &&= fitsDoubles
    this.length += compact.length
    const node = parseKeepingDigits(compact, this.digits).holder.value
    if (typeof node !== 'boolean' && !isObject(node)) {
      throw new InvalidSchemaError('a schema is an object or a boolean')
    }
    adapt(node)
    return node
  }
}

/** Keywords that Ajv obeys although no draft defines them. */
const FOREIGN_KEYWORDS = ['nullable', '$async']
/** Keywords whose members' names are the author's. */
const MAPS = [
  'properties',
  'patternProperties',
  'definitions',
  '$defs',
  'dependencies',
  'dependentSchemas',
]
/** Ajv ignores a property of this name, but not a pattern that matches only this name. */
const PROTOTYPE = '__proto__'
const PROTOTYPE_PATTERN = '^(?:__proto__)$'
/** Keywords whose values are data. */
const DATA = ['enum', 'const', 'default', 'examples']

/** Removes and rewrites what Ajv would interpret differently from the draft. */
function adapt(node: unknown): void {
  if (Array.isArray(node)) node.forEach(adapt)
  if (!isObject(node)) return
  for (const keyword of FOREIGN_KEYWORDS) delete node[keyword]
  describePrototype(node)
  shortenDependencies(node)
  for (const key of Object.keys(node)) {
    if (MAPS.includes(key)) adaptWithin(node[key])
    else if (!DATA.includes(key)) adapt(node[key])
  }
}

function describePrototype(node: AnySchemaObject): void {
  const properties: unknown = node['properties']
  if (!isObject(properties) || !Object.hasOwn(properties, PROTOTYPE)) return
  const patterns: unknown = node['patternProperties'] ?? {}
  // The meta schema reports a value that is not a map.
  if (!isObject(patterns)) return
  node['patternProperties'] = { ...patterns, [PROTOTYPE_PATTERN]: properties[PROTOTYPE] }
}

/** Ajv joins the names of a dependency to one condition, in time that grows with the square of their number. */
const MAX_NAMES = 50

/** Rewrites dependencies on many names as schemas, whose `required` is a loop. */
function shortenDependencies(node: AnySchemaObject): void {
  for (const keyword of ['dependencies', 'dependentRequired']) {
    const lists: unknown = node[keyword]
    if (!isObject(lists)) continue
    for (const [name, list] of Object.entries(lists)) {
      const isLong = Array.isArray(list) && list.length > MAX_NAMES
      if (isLong && name !== PROTOTYPE) requireAll(node, keyword, name, list)
    }
  }
}

/** Ajv knows `dependencies` in each draft. */
function requireAll(
  node: AnySchemaObject,
  keyword: string,
  name: string,
  list: readonly unknown[],
): void {
  const schemas: unknown = node['dependencies'] ?? {}
  // The meta schema reports a value that is not a map.
  if (!isObject(schemas)) return
  const other: unknown = keyword === 'dependencies' ? undefined : schemas[name]
  const required = { required: list }
  schemas[name] =
    other === undefined
      ? required
      : { allOf: [Array.isArray(other) ? { required: other } : other, required] }
  node['dependencies'] = schemas
  if (keyword === 'dependentRequired') delete node[keyword][name]
}

function adaptWithin(map: unknown): void {
  if (isObject(map)) Object.values(map).forEach(adapt)
}

function isObject(value: unknown): value is AnySchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
