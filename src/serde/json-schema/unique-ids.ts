/**
 * Unique ids. Ajv refuses schemas with duplicate ids and with the id of a meta schema, which copy and paste makes
 * common and other validators accept. References by a duplicate id mean its first schema; the other schemas keep the
 * id as the base of their own references.
 */
import type { Ajv, AnySchemaObject } from 'ajv'
import type { SchemaNode, SchemaTree } from './tree.ts'

/** Keywords whose values are data. */
const DATA = ['enum', 'const', 'default', 'examples', 'required', 'type']
const ANCHORS = ['$anchor', '$dynamicAnchor']

/** Renames duplicate ids. Callers call it before they add any schema to an Ajv. */
export function makeIdsUnique(ajv: Ajv, { draft, root, references }: SchemaTree): void {
  const keyword = idKeywordOf(draft)
  const rootId = idOf(root, keyword)
  // A schema with the id of its meta schema replaces it.
  if (rootId !== undefined && isKnown(ajv, rootId)) ajv.removeSchema(withoutEnd(rootId))
  const ids = new Ids(ajv, keyword)
  ids.visit(root, '')
  for (const node of references.values()) ids.visit(node, '')
}

/** Returns the id keyword of a draft. */
export function idKeywordOf(draft: string): 'id' | '$id' {
  return draft.includes('draft-04') ? 'id' : '$id'
}

/** Returns the id of a schema. */
export function idOf(node: SchemaNode, keyword: string): string | undefined {
  const id: unknown = typeof node === 'boolean' ? undefined : node[keyword]
  return typeof id === 'string' ? id : undefined
}

class Ids {
  readonly #ajv: Ajv
  readonly #keyword: string
  readonly #taken = new Set<string>()

  constructor(ajv: Ajv, keyword: string) {
    this.#ajv = ajv
    this.#keyword = keyword
  }

  /** Makes the ids of a schema and its subschemas unique. */
  visit(node: unknown, outerBase: string): void {
    if (Array.isArray(node)) for (const item of node) this.visit(item, outerBase)
    if (!isObject(node)) return
    const base = this.#identify(node, outerBase)
    for (const anchor of ANCHORS) this.#keepAnchorUnique(node, anchor, base)
    for (const [name, value] of Object.entries(node)) {
      if (!DATA.includes(name)) this.visit(value, base)
    }
  }

  /** Returns the base URI of the references within a schema. */
  #identify(node: AnySchemaObject, base: string): string {
    const id: unknown = node[this.#keyword]
    if (typeof id !== 'string') return base
    const resolved = withoutEnd(this.#resolve(base, id))
    if (!this.#isTaken(resolved)) {
      this.#taken.add(resolved)
      return id.startsWith('#') ? base : resolved
    }
    if (id.startsWith('#')) {
      delete node[this.#keyword]
      return base
    }
    const unique = this.#uniqueLike(resolved)
    this.#taken.add(unique)
    node[this.#keyword] = unique
    return unique
  }

  #keepAnchorUnique(node: AnySchemaObject, keyword: string, base: string): void {
    const anchor: unknown = node[keyword]
    if (typeof anchor !== 'string') return
    const resolved = `${base}#${anchor}`
    const isOther = keyword === '$anchor' ? '$dynamicAnchor' : '$anchor'
    if (this.#taken.has(resolved) && node[isOther] !== anchor) delete node[keyword]
    this.#taken.add(resolved)
  }

  #isTaken(id: string): boolean {
    return this.#taken.has(id) || isKnown(this.#ajv, id)
  }

  /** Adds a query, which leaves relative references unchanged. */
  #uniqueLike(id: string): string {
    const [path = '', fragment] = id.split('#')
    for (let count = 2; ; count++) {
      const query = `${path.includes('?') ? '&' : '?'}copy=${count}`
      const unique = `${path}${query}${fragment === undefined ? '' : `#${fragment}`}`
      if (!this.#isTaken(unique)) return unique
    }
  }

  #resolve(base: string, id: string): string {
    try {
      return base === '' ? id : this.#ajv.opts.uriResolver.resolve(base, id)
    } catch {
      // Compilation reports an invalid URI.
      return id
    }
  }
}

/** Whether an Ajv has a meta schema with this id. */
function isKnown(ajv: Ajv, id: string): boolean {
  const key = withoutEnd(id)
  return ajv.schemas[key] !== undefined || ajv.refs[key] !== undefined
}

/** Removes an empty fragment, which has no meaning. */
function withoutEnd(id: string): string {
  return id.replace(/#\/?$/, '')
}

function isObject(value: unknown): value is AnySchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
