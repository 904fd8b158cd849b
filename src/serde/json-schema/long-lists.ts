/**
 * Properties and alternatives by the thousand. Ajv nests what it generates: each property's code is within that of the
 * one before it, and somewhere above a thousand V8 gives up. Of a long list we have Ajv generate parts, one behind the
 * other.
 */
import { _, type Ajv, type Code, type CodeKeywordDefinition, type KeywordCxt, type Name } from 'ajv'

const PART_LENGTH = 100

/** Generates the code for a list, or for a part of it. */
type Generate = CodeKeywordDefinition['code']
/** Generates the code for a list of which there are parts. */
type Join = (context: KeywordCxt, parts: readonly unknown[], generate: Generate) => void

const JOINS: Readonly<Record<string, Join>> = {
  properties: joinAll,
  allOf: joinAll,
  anyOf: joinAny,
  oneOf: joinOne,
}

/** Makes Ajv compile schemas whose lists are long. */
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
    // In its place: a keyword that is added anew comes last, and `unevaluatedProperties` must.
    rule.definition = { ...definition, code }
  }
}

/** A list's parts: its members have the keys that they have in the list, since Ajv finds their schemas by these. */
function partsOf(list: object): readonly unknown[] {
  const keys = Object.keys(list)
  const parts: unknown[] = []
  for (let first = 0; first < keys.length; first += PART_LENGTH) {
    const members = keys
      .slice(first, first + PART_LENGTH)
      .map((key) => [key, (list as Record<string, unknown>)[key]] as const)
    const part = Object.fromEntries(members)
    // With holes where the other parts are, which `forEach` passes over.
    parts.push(Array.isArray(list) ? Object.assign([], part) : part)
  }
  return parts
}

/** What Ajv generates a part's code in: all that it has for the list, but for what a part does otherwise. */
function contextOf(context: KeywordCxt, part: unknown, otherwise: Partial<KeywordCxt>): KeywordCxt {
  return Object.assign(Object.create(context) as KeywordCxt, { schema: part }, otherwise)
}

/** Each goes on where the one before it was valid. */
function joinAll(context: KeywordCxt, parts: readonly unknown[], generate: Generate): void {
  const { gen } = context
  for (const part of parts) {
    let isValid: Parameters<KeywordCxt['ok']>[0] | undefined
    const ok: KeywordCxt['ok'] = (condition) => {
      isValid = condition
      context.ok(condition)
    }
    // At the end of a block all is closed that was opened within.
    gen.block(() => generate(contextOf(context, part, { ok })))
    if (isValid !== undefined) context.ok(isValid)
  }
}

/** Until one is valid; or all, where it matters which members of the value they have looked at. */
function joinAny(context: KeywordCxt, parts: readonly unknown[], generate: Generate): void {
  const { gen, it } = context
  const isValid = gen.let('valid', false)
  for (const part of parts) {
    // Ajv says no result of a part of which an alternative allows everything.
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

/** Until two are valid, of which both may be in one part. */
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
