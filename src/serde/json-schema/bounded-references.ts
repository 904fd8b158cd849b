/**
 * References, counted. A schema of a few lines can make a validator follow 2^n of them, or go round in a circle;
 * everything else that a validator does is bounded by the sizes of schema and value.
 */
import type { Ajv, CodeKeywordDefinition } from 'ajv'
import { _ } from 'ajv'
import { PayloadError } from '../codec.ts'

const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef'] as const
const LEAST_STEPS = 100_000
const STEPS_PER_CHARACTER = 20

/** How many references may still be followed for the value at hand. */
export class Steps {
  #left = 0

  /** For a new value, by the length of its text. */
  start(length: number): void {
    this.#left = LEAST_STEPS + STEPS_PER_CHARACTER * length
  }

  /** @throws {PayloadError} when there is none left */
  readonly take = (): void => {
    if (this.#left-- <= 0) {
      throw new PayloadError('the schema refers to itself too often to be checked with this value')
    }
  }
}

/** Makes each reference that is followed take a step. */
export function countReferences(ajv: Ajv, steps: Steps): void {
  for (const keyword of REFERENCES) {
    const rule = ajv.RULES.all[keyword]
    if (typeof rule !== 'object') continue
    const { definition } = rule
    if (!('code' in definition)) throw new Error(`Ajv has no code for ${keyword}`)
    const counted: CodeKeywordDefinition = {
      ...definition,
      code(context, ruleType) {
        const take = context.gen.scopeValue('func', { ref: steps.take })
        context.gen.code(_`${take}()`)
        definition.code(context, ruleType)
      },
    }
    ajv.removeKeyword(keyword).addKeyword(counted)
  }
}
