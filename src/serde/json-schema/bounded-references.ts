/** Makes each reference that a schema's validator follows count. */
import type { Ajv, CodeKeywordDefinition } from 'ajv'
import { _ } from 'ajv'
import type { Steps } from './steps.ts'

const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef'] as const

/** Replaces the keywords that refer by such as take a step first. */
export function countReferences(ajv: Ajv, steps: Steps): void {
  for (const keyword of REFERENCES) {
    const rule = ajv.RULES.all[keyword]
    if (typeof rule !== 'object') continue
    const { definition } = rule
    if (!('code' in definition)) throw new Error(`Ajv has no code for ${keyword}`)
    const counted: CodeKeywordDefinition = {
      ...definition,
      code(context, ruleType) {
        const follow = context.gen.scopeValue('func', { ref: steps.follow })
        context.gen.code(_`${follow}()`)
        definition.code(context, ruleType)
      },
    }
    ajv.removeKeyword(keyword).addKeyword(counted)
  }
}
