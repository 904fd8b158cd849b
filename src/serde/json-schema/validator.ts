/** A compiled schema that says what is wrong with a value. */
import type { Ajv, ValidateFunction } from 'ajv'
import { PayloadError } from '../codec.ts'
import type { ParsedText } from '../kept-digits.ts'
import { countReferences } from './bounded-references.ts'
import { describe } from './complaint.ts'
import { Current } from './current.ts'
import { makeAjv } from './drafts.ts'
import { compileAll, contextOf } from './generated.ts'
import { addExactKeywords, addSafeKeywords } from './keywords.ts'
import { splitLongLists } from './long-lists.ts'
import { patternEngine } from './patterns.ts'
import { Steps } from './steps.ts'
import type { SchemaNode, SchemaTree } from './tree.ts'

/** Whether numbers are compared as doubles, or digit by digit. */
export type Arithmetic = 'doubles' | 'digits'

/** Checks values. */
export class Validator {
  readonly #steps: Steps
  readonly #current: Current
  readonly #validate: ValidateFunction

  /** @throws {InvalidSchemaError} when the schema can't be compiled */
  constructor(tree: SchemaTree, arithmetic: Arithmetic) {
    this.#steps = new Steps(tree.length)
    this.#current = new Current(this.#steps)
    const ajv = makeAjv(tree.draft, patternEngine(this.#steps))
    addSafeKeywords(ajv, this.#current, tree.digits)
    if (arithmetic === 'digits') addExactKeywords(ajv, this.#current, tree.digits)
    countReferences(ajv, this.#steps)
    splitLongLists(ajv)
    addReferences(ajv, tree)
    this.#validate = compileAll(ajv, tree.root)
  }

  /**
   * @param length of the value's text, by which the work is limited
   * @throws {PayloadError} that says what is wrong, if something is
   */
  check({ holder, digits }: ParsedText, length: number): void {
    this.#current.start(digits)
    if (this.#steps.run(length, () => this.#isValid(holder))) return
    throw new PayloadError(describe(this.#validate.errors ?? []))
  }

  #isValid(holder: { readonly value: unknown }): boolean {
    try {
      return this.#validate(holder.value, contextOf(holder))
    } catch (error) {
      // The stack is full: of a value that is nested deeply in a schema that is nested deeply for each level.
      if (!(error instanceof RangeError)) throw error
      throw new PayloadError('#: nested too deeply for the schema')
    }
  }
}

/** Each under its name, under its name beside the root's id, and, if nobody else has it, under its own id. */
function addReferences(ajv: Ajv, { draft, root, references }: SchemaTree): void {
  const keyword = draft.includes('draft-04') ? 'id' : '$id'
  const rootId = idOf(root, keyword) ?? ''
  const taken = new Set([rootId])
  for (const [name, node] of references) {
    keepIdUnique(node, keyword, taken)
    for (const key of [name, ajv.opts.uriResolver.resolve(rootId, name)]) {
      const isNew = ajv.schemas[key] === undefined && ajv.refs[key] === undefined
      if (isNew) ajv.addSchema(node, key)
    }
  }
}

/** Generators give all schemas the same id. The second that has it is known by its name only. */
function keepIdUnique(node: SchemaNode, keyword: string, taken: Set<string>): void {
  const id = idOf(node, keyword)
  if (id === undefined || typeof node === 'boolean') return
  if (taken.has(id)) delete node[keyword]
  taken.add(id)
}

function idOf(node: SchemaNode, keyword: string): string | undefined {
  const id: unknown = typeof node === 'boolean' ? undefined : node[keyword]
  return typeof id === 'string' ? id : undefined
}
