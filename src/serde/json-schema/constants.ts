/**
 * `enum` and `const` by identity. Ajv compares a value with each member of a list, and objects member by member, so a
 * schema could make it compare the same large values again and again.
 */
import { _, type Ajv, type CodeKeywordDefinition, type KeywordCxt } from 'ajv'
import { KeptDigits } from '../digits/kept-digits.ts'
import { Identities, type Place } from './equality.ts'
import type { CheckContext } from './keywords.ts'

/** Ajv compares fewer scalars than this faster than a set finds one. */
const FEW = 32

type Generate = CodeKeywordDefinition['code']

/** Replaces the code for long lists, and for values with parts, where numbers are compared as doubles. */
export function compareByIdentity(ajv: Ajv, check: CheckContext): void {
  for (const keyword of ['enum', 'const']) {
    const rule = ajv.RULES.all[keyword]
    // Draft 4 has no `const`.
    if (typeof rule !== 'object' || !('code' in rule.definition)) continue
    const { definition } = rule
    const generate: Generate = (context, type) => definition.code(context, type)
    rule.definition = {
      ...definition,
      code(context, type) {
        const expected: unknown = keyword === 'enum' ? context.schema : [context.schema]
        if (!Array.isArray(expected) || isShort(expected)) generate(context, type)
        else generateTest(context, expected, check)
      },
    }
  }
}

/** Whether Ajv's own code compares a value with the members of a list. */
export function isShort(expected: readonly unknown[]): boolean {
  return expected.length < FEW && !expected.some(isContainer)
}

function generateTest(
  context: KeywordCxt,
  expected: readonly unknown[],
  check: CheckContext,
): void {
  const { gen, data, it } = context
  const test = gen.scopeValue('func', { ref: testOf(expected, check) })
  context.pass(_`${test}(${data}, ${it.parentData}, ${it.parentDataProperty})`)
}

function testOf(expected: readonly unknown[], check: CheckContext) {
  const identities = new Identities(KeptDigits.NONE)
  const place = (container: object, key: string | number): Place => ({ container, key })
  const scalars = new Set(expected.filter((value) => !isContainer(value)))
  const containers = new Set(
    expected.filter(isContainer).map((value) => identities.of(value, place(expected, 0))),
  )
  return (value: unknown, container: object, key: string | number): boolean =>
    isContainer(value)
      ? containers.size > 0 && containers.has(check.identities.of(value, place(container, key)))
      : scalars.has(value)
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
