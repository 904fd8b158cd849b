/** Texts of schemas as trees that Ajv can be given. */
import type { AnySchemaObject } from 'ajv'
import type { Schema } from '../../schema-registry/schema.ts'
import { InvalidSchemaError } from '../codec.ts'
import { readJsonText } from '../json-text.ts'
import { KeptDigits, parseKeepingDigits } from '../kept-digits.ts'
import { type Draft, draftOf, findFault, prepare } from './drafts.ts'

/** One parsed text. */
export type SchemaNode = AnySchemaObject | boolean

/** A schema and what it refers to. Ajv keeps the objects. */
export interface SchemaTree {
  readonly draft: Draft
  readonly root: SchemaNode
  /** By the names under which they are referred to. */
  readonly references: ReadonlyMap<string, SchemaNode>
  /** Of root and references. */
  readonly digits: KeptDigits
  /** Whether no number among all of these needs its digits. */
  readonly fitsDoubles: boolean
  /** Of all texts. */
  readonly length: number
}

/** @throws when one of the texts is no JSON object or boolean */
export function parseSchema({ text, references }: Schema): SchemaTree {
  const parser = new TreeParser()
  const root = parser.parse(text)
  const nodes = references.map(({ name, text }) => [name, parser.parse(text)] as const)
  const { digits, fitsDoubles, length } = parser
  const draft = draftOf(root)
  for (const node of [root, ...nodes.map(([, node]) => node)]) prepare(draftOf(node, draft))
  return { draft, root, references: new Map(nodes), digits, fitsDoubles, length }
}

/** @throws {InvalidSchemaError} when one of them is no schema of its draft */
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
    dropForeignKeywords(node)
    return node
  }
}

/** What Ajv obeys though no draft has it. */
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
/** Keywords whose values are data. */
const DATA = ['enum', 'const', 'default', 'examples']

function dropForeignKeywords(node: unknown): void {
  if (Array.isArray(node)) node.forEach(dropForeignKeywords)
  if (!isObject(node)) return
  for (const keyword of FOREIGN_KEYWORDS) delete node[keyword]
  for (const key of Object.keys(node)) {
    if (MAPS.includes(key)) dropWithinMap(node[key])
    else if (!DATA.includes(key)) dropForeignKeywords(node[key])
  }
}

function dropWithinMap(map: unknown): void {
  if (isObject(map)) Object.values(map).forEach(dropForeignKeywords)
}

function isObject(value: unknown): value is AnySchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
