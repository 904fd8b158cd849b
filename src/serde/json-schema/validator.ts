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
import type { SchemaTree } from './tree.ts'
import { idKeywordOf, idOf, makeIdsUnique } from './unique-ids.ts'

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
    makeIdsUnique(ajv, tree)
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
  const rootId = idOf(root, idKeywordOf(draft)) ?? ''
  for (const [name, node] of references) {
    for (const key of [name, ajv.opts.uriResolver.resolve(rootId, name)]) {
      const isNew = ajv.schemas[key] === undefined && ajv.refs[key] === undefined
      if (isNew) ajv.addSchema(node, key)
    }
  }
}
