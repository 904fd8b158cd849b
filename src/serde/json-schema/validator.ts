/** A compiled schema that validates values within budgets of steps. */
import type { Ajv, ValidateFunction } from 'ajv'
import type { DataValidationCxt } from 'ajv/dist/types/index.js'
import { PayloadError } from '../codec.ts'
import type { Holder, ParsedText } from '../digits/kept-digits.ts'
import { compareByIdentity } from './constants.ts'
import { countWork } from './counted-code.ts'
import { makeAjv } from './drafts.ts'
import { describeErrors } from './error-text.ts'
import { addExactKeywords, addSafeKeywords, CheckContext } from './keywords.ts'
import { splitLongLists } from './long-lists.ts'
import { patternEngine } from './patterns.ts'
import { Steps } from './steps.ts'
import type { SchemaNode, SchemaTree } from './tree.ts'
import { idKeywordOf, idOf, makeIdsUnique } from './unique-ids.ts'

/** Whether numbers are compared as doubles or by their digits. */
export type Arithmetic = 'doubles' | 'digits'

/** Validates values against one schema. */
export class Validator {
  readonly #steps = new Steps()
  readonly #check: CheckContext
  readonly #validate: ValidateFunction

  /** @throws {InvalidSchemaError} when the schema cannot be compiled */
  constructor(tree: SchemaTree, arithmetic: Arithmetic) {
    this.#check = new CheckContext(this.#steps)
    const ajv = makeAjv(tree.draft, patternEngine(this.#steps))
    addSafeKeywords(ajv, this.#check, tree.digits)
    if (arithmetic === 'digits') addExactKeywords(ajv, this.#check, tree.digits)
    else compareByIdentity(ajv, this.#check)
    splitLongLists(ajv)
    countWork(ajv, this.#steps)
    makeIdsUnique(ajv, tree)
    addReferences(ajv, tree)
    this.#validate = compileAll(ajv, tree.root)
  }

  /**
   * Validates a value.
   *
   * @param length the length of the value's text, which scales the limits
   * @throws {PayloadError} with the reason when the value is invalid
   */
  check({ holder, digits }: ParsedText, length: number): void {
    this.#check.start(digits)
    this.#steps.start(length)
    if (this.#isValid(holder)) return
    throw new PayloadError(describeErrors(this.#validate.errors ?? []))
  }

  #isValid(holder: { readonly value: unknown }): boolean {
    try {
      return this.#validate(holder.value, contextOf(holder))
    } catch (error) {
      // A deeply nested value overflows the stack when the schema nests deeply at each of its levels.
      if (!(error instanceof RangeError)) throw error
      throw new PayloadError('#: nested too deeply for the schema')
    }
  }
}

/**
 * Adds each reference under its name, under its name relative to the root's id, and under its own id if that is free.
 */
function addReferences(ajv: Ajv, { draft, root, references }: SchemaTree): void {
  const rootId = idOf(root, idKeywordOf(draft)) ?? ''
  for (const [name, node] of references) {
    for (const key of [name, ajv.opts.uriResolver.resolve(rootId, name)]) {
      const isNew = ajv.schemas[key] === undefined && ajv.refs[key] === undefined
      if (isNew) ajv.addSchema(node, key)
    }
  }
}

/** Returns the context that Ajv's functions expect for a whole value. */
export function contextOf(holder: Holder): DataValidationCxt {
  return {
    instancePath: '',
    parentData: holder,
    parentDataProperty: 'value',
    rootData: holder.value as Record<string, unknown>,
    dynamicAnchors: {},
  }
}

/**
 * Compiles a schema, then calls the functions of the schema and of its references. V8 compiles a function on its first
 * call and only then finds that its code nests too deeply, which would look like an error of the first value. The null
 * value follows no reference.
 *
 * @throws when the schema cannot be compiled, or is too large
 */
export function compileAll(ajv: Ajv, schema: SchemaNode): ValidateFunction {
  try {
    const validate = ajv.compile(schema)
    // `code.process` would report each function, but makes Ajv write schema ids into code unescaped.
    const all = ajv.scope.get()['validate'] as ValidateFunction[] | undefined
    all?.forEach(callOnce)
    return validate
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Error(
      'an object of the schema is too large to be compiled: move parts of it to definitions and refer to them',
    )
  }
}

function callOnce(validate: ValidateFunction): void {
  const holder = { value: null }
  try {
    validate(holder.value, contextOf(holder))
  } catch (error) {
    // A PayloadError is a result of validation: the function was compiled.
    if (!(error instanceof PayloadError)) throw error
  }
}
