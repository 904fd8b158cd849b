/**
 * Ids of schemas, made unique. Ajv refuses a schema in which two parts have the same id, or one has that of a meta schema;
 * both are common, by copy and paste, and other validators take them. A reference by such an id means the first that has
 * it; the others keep what their id says of the references within them.
 */
import type { Ajv, AnySchemaObject } from 'ajv'
import type { SchemaNode, SchemaTree } from './tree.ts'

/** Keywords whose values are data. */
const DATA = ['enum', 'const', 'default', 'examples', 'required', 'type']
const ANCHORS = ['$anchor', '$dynamicAnchor']

/** To be called before a validator is given any of the schemas; changes their ids. */
export function makeIdsUnique(ajv: Ajv, { draft, root, references }: SchemaTree): void {
  const keyword = idKeywordOf(draft)
  const rootId = idOf(root, keyword)
  // Whoever writes the id of the meta schema on a schema means the schema by it.
  if (rootId !== undefined && isKnown(ajv, rootId)) ajv.removeSchema(withoutEnd(rootId))
  const ids = new Ids(ajv, keyword)
  ids.visit(root, '')
  for (const node of references.values()) ids.visit(node, '')
}

/** Under which keyword schemas of a draft have their id. */
export function idKeywordOf(draft: string): 'id' | '$id' {
  return draft.includes('draft-04') ? 'id' : '$id'
}

/** The id of a schema. */
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

  /** Gives ids of their own to a schema and all within it. */
  visit(node: unknown, outerBase: string): void {
    if (Array.isArray(node)) for (const item of node) this.visit(item, outerBase)
    if (!isObject(node)) return
    const base = this.#identify(node, outerBase)
    for (const anchor of ANCHORS) this.#keepAnchorUnique(node, anchor, base)
    for (const [name, value] of Object.entries(node)) {
      if (!DATA.includes(name)) this.visit(value, base)
    }
  }

  /** Returns what references within are relative to. */
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

  /** With a query, which changes no reference that is relative to it. */
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
      // What is no URI is found when it is compiled.
      return id
    }
  }
}

/** Whether a validator has a schema of an id before it was given any: a meta schema. */
function isKnown(ajv: Ajv, id: string): boolean {
  const key = withoutEnd(id)
  return ajv.schemas[key] !== undefined || ajv.refs[key] !== undefined
}

/** An empty fragment says nothing. */
function withoutEnd(id: string): string {
  return id.replace(/#\/?$/, '')
}

function isObject(value: unknown): value is AnySchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
