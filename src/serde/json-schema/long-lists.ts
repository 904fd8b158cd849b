/**
 * Support for thousands of properties and alternatives. Ajv nests the code of each property in that of the preceding
 * one, and V8's parser overflows its stack above about a thousand. Long lists are therefore compiled as a sequence of
 * parts. Decision 30 compares this with an interpreter.
 */
import { _, type Ajv, type Code, type CodeKeywordDefinition, type KeywordCxt, type Name } from 'ajv'

const PART_LENGTH = 100

/** Generates the code of a list or of a part. */
type Generate = CodeKeywordDefinition['code']
/** Generates the code of a list from its parts. */
type Join = (context: KeywordCxt, parts: readonly unknown[], generate: Generate) => void

const JOINS: Readonly<Record<string, Join>> = {
  properties: joinAll,
  allOf: joinAll,
  anyOf: joinAny,
  oneOf: joinOne,
}

/** Makes Ajv compile schemas with long lists. */
export function splitLongLists(ajv: Ajv): void {
  for (const [keyword, join] of Object.entries(JOINS)) {
    const rule = ajv.RULES.all[keyword]
    if (typeof rule !== 'object' || !('code' in rule.definition)) {
      throw new Error(`Ajv has no code for ${keyword}`)
    }
    const { definition } = rule
    const generate: Generate = (context, type) => definition.code(context, type)
    const code: Generate = (context, type) => {
      const parts = partsOf(context.schema)
      if (parts.length < 2) generate(context, type)
      else join(context, parts, generate)
    }
    // The rule is replaced in place: an added keyword would follow `unevaluatedProperties`, which must come last.
    rule.definition = { ...definition, code }
  }
}

/** Splits a list. Members keep their keys, because Ajv finds their schemas by them. */
function partsOf(list: object): readonly unknown[] {
  const keys = Object.keys(list)
  const parts: unknown[] = []
  for (let first = 0; first < keys.length; first += PART_LENGTH) {
    const members = keys
      .slice(first, first + PART_LENGTH)
      .map((key) => [key, (list as Record<string, unknown>)[key]] as const)
    const part = Object.fromEntries(members)
    // The holes in place of other parts are skipped by `forEach`.
    parts.push(Array.isArray(list) ? Object.assign([], part) : part)
  }
  return parts
}

/** Returns the context of a part: that of the list with some members replaced. */
function contextOf(context: KeywordCxt, part: unknown, otherwise: Partial<KeywordCxt>): KeywordCxt {
  return Object.assign(Object.create(context) as KeywordCxt, { schema: part }, otherwise)
}

/** Each part runs only if the preceding parts are valid. */
function joinAll(context: KeywordCxt, parts: readonly unknown[], generate: Generate): void {
  const { gen } = context
  for (const part of parts) {
    let isValid: Parameters<KeywordCxt['ok']>[0] | undefined
    const ok: KeywordCxt['ok'] = (condition) => {
      isValid = condition
      context.ok(condition)
    }
    // The end of the block closes all blocks that the part opened.
    gen.block(() => generate(contextOf(context, part, { ok })))
    if (isValid !== undefined) context.ok(isValid)
  }
}

/**
 * Runs parts until one is valid. With `unevaluated*` keywords all parts run, because each marks the members that it
 * evaluates.
 */
function joinAny(context: KeywordCxt, parts: readonly unknown[], generate: Generate): void {
  const { gen, it } = context
  const isValid = gen.let('valid', false)
  for (const part of parts) {
    // Ajv reports no result for a part with an alternative that allows everything.
    let isPartValid: Code = _`true`
    const result: KeywordCxt['result'] = (condition) => {
      isPartValid = condition
    }
    const generatePart = () => {
      generate(contextOf(context, part, { result }))
      gen.assign(isValid, _`${isValid} || ${isPartValid}`)
    }
    if (it.opts.unevaluated) gen.block(generatePart)
    else gen.if(_`!${isValid}`, () => gen.block(generatePart))
  }
  context.result(
    isValid,
    () => context.reset(),
    () => context.error(true),
  )
}

/** Runs parts until two alternatives are valid, which may be in one part. */
function joinOne(context: KeywordCxt, parts: readonly unknown[], generate: Generate): void {
  const { gen } = context
  const passing = gen.let('passing', null)
  for (const part of parts) {
    let ofPart: Name | undefined
    const generatePart = () =>
      generate(
        contextOf(context, part, {
          setParams: (params) => {
            ofPart = params['passing'] as Name
          },
          result: () => {
            gen.if(_`${ofPart} !== null`, () =>
              gen.assign(passing, _`${passing} === null ? ${ofPart} : [${passing}, ${ofPart}]`),
            )
          },
        }),
      )
    gen.if(_`!Array.isArray(${passing})`, () => gen.block(generatePart))
  }
  context.setParams({ passing })
  context.result(
    _`typeof ${passing} == "number"`,
    () => context.reset(),
    () => context.error(true),
  )
}
