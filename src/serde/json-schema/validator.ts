/** A compiled schema that says what is wrong with a value. */
import type { ValidateFunction } from 'ajv'
import { InvalidSchemaError, PayloadError } from '../codec.ts'
import type { ParsedText } from '../kept-digits.ts'
import { countReferences, Steps } from './bounded-references.ts'
import { describe } from './complaint.ts'
import { makeAjv } from './drafts.ts'
import { addExactKeywords, addSafeKeywords, type Current } from './keywords.ts'
import type { SchemaTree } from './tree.ts'

/** Whether numbers are compared as doubles, or digit by digit. */
export type Arithmetic = 'doubles' | 'digits'

/** Checks values. */
export class Validator {
  readonly #steps = new Steps()
  readonly #current: Current
  readonly #validate: ValidateFunction

  /** @throws {InvalidSchemaError} when the schema can't be compiled */
  constructor(tree: SchemaTree, arithmetic: Arithmetic) {
    const ajv = makeAjv(tree.draft)
    this.#current = { digits: tree.digits }
    addSafeKeywords(ajv, this.#current, tree.digits)
    if (arithmetic === 'digits') addExactKeywords(ajv, this.#current, tree.digits)
    countReferences(ajv, this.#steps)
    const rootId = idOf(tree)
    for (const [name, schema] of tree.references) {
      const resolved = ajv.opts.uriResolver.resolve(rootId, name)
      for (const key of new Set([name, resolved])) ajv.addSchema(schema, key)
    }
    this.#validate = ajv.compile(tree.root)
  }

  /**
   * @param length of the value's text, by which the work is limited
   * @throws {PayloadError} that says what is wrong, if something is
   */
  check({ holder, digits }: ParsedText, length: number): void {
    this.#current.digits = digits
    this.#steps.start(length)
    if (this.#isValid(holder)) return
    throw new PayloadError(describe(this.#validate.errors ?? []))
  }

  #isValid(holder: { readonly value: unknown }): boolean {
    try {
      return this.#validate(holder.value, {
        instancePath: '',
        parentData: holder,
        parentDataProperty: 'value',
        rootData: holder.value as Record<string, unknown>,
        dynamicAnchors: {},
      })
    } catch (error) {
      // The stack is full: of a value that is nested deeply in a schema that is nested deeply for each level.
      if (!(error instanceof RangeError)) throw error
      throw new PayloadError('#: nested too deeply for the schema')
    }
  }
}

function idOf({ draft, root }: SchemaTree): string {
  if (typeof root === 'boolean') return ''
  const id: unknown = draft.includes('draft-04') ? root['id'] : root['$id']
  if (id === undefined) return ''
  if (typeof id !== 'string') throw new InvalidSchemaError('the id of the schema is no string')
  return id
}
