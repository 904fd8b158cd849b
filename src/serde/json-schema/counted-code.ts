/**
 * Counts the work of the code that Ajv generates. Every keyword applies its subschemas through its context, also
 * within the loops of the generated code, so a context that counts first counts each application. Keywords with lists
 * and keywords that read whole texts or objects count these too. A keyword that is neither takes a bounded time and is
 * paid by the application of its schema.
 */
import { _, type Ajv, type Code, type KeywordCxt, Name, type SchemaCxt } from 'ajv'
import { isShort } from './constants.ts'
import { STEPS_PER_MEMBER, type Steps } from './steps.ts'

const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef']
/** Keywords that read the whole text of a string. */
const OF_TEXTS = ['maxLength', 'minLength', 'format']
/** Keywords that go through all members of an object, or as many as are declared. */
const OF_MEMBERS = ['maxProperties', 'minProperties', 'unevaluatedProperties']

/** Keywords that apply a schema to each member of an object. */
const TO_MEMBERS = [
  'additionalProperties',
  'patternProperties',
  'propertyNames',
  'unevaluatedProperties',
]

/** Shorter lists are paid by the application of their schema. */
const SHORT = 8
/** Up to this many evaluated names are compared one by one. */
const FEW_NAMES = 32
/** Texts are compared this many characters at a time. */
const CHARACTERS_PER_COMPARISON = 64

/** Makes the code of all keywords count. Callers call it when all keywords are added. */
export function countWork(ajv: Ajv, steps: Steps): void {
  const evaluated = new EvaluatedNames()
  const patterns = new PatternLists()
  for (const [keyword, rule] of Object.entries(ajv.RULES.all)) {
    if (typeof rule !== 'object' || !('code' in rule.definition)) continue
    const { definition } = rule
    // The rule is replaced in place: an added keyword would follow `unevaluatedProperties`, which must come last.
    rule.definition = {
      ...definition,
      // A nested schema needs stack for each level, so this function calls the generator itself.
      code(context, type) {
        if (keyword === 'patternProperties') patterns.count(context.schema)
        if (keyword === 'unevaluatedProperties') lookUpNames(context)
        definition.code(counted(keyword, context, steps, evaluated), type)
        if (REFERENCES.includes(keyword)) evaluated.count(context.it.props)
      },
    }
  }
}

/** Generates the code that counts a keyword, and returns a context that counts each subschema. */
function counted(
  keyword: string,
  context: KeywordCxt,
  steps: Steps,
  evaluated: EvaluatedNames,
): KeywordCxt {
  const { gen } = context
  const budget = gen.scopeValue('obj', { ref: steps })
  const length = listLength(keyword, context)
  if (length > SHORT) gen.code(take(budget, length))
  if (OF_TEXTS.includes(keyword)) gen.code(_`${budget}.read(${context.data}, ${costOf(context)})`)
  if (OF_MEMBERS.includes(keyword)) gen.code(_`${budget}.visitMembers(${context.data})`)
  if (REFERENCES.includes(keyword)) gen.code(_`${budget}.follow()`)
  const subschema: KeywordCxt['subschema'] = (application, valid) => {
    gen.code(take(budget, TO_MEMBERS.includes(keyword) ? STEPS_PER_MEMBER : 1))
    const inner = context.subschema(application, valid)
    evaluated.count(inner.props)
    return inner
  }
  return Object.assign(Object.create(context) as KeywordCxt, { subschema })
}

/** The limit for the names of evaluated properties that all parts of a schema pass on. */
const MAX_EVALUATED = 300_000

/**
 * The names of properties that subschemas have evaluated, which matter for `unevaluatedProperties`. Each schema adds
 * those of its subschemas and references to its own, so few references to a large schema pass on many names.
 */
class EvaluatedNames {
  #count = 0

  /** @throws when the names of all schemas so far exceed the limit */
  count(props: SchemaCxt['props']): void {
    if (typeof props !== 'object' || props instanceof Name) return
    this.#count += Object.keys(props).length
    if (this.#count > MAX_EVALUATED) {
      throw new Error(
        `the subschemas and references of the schema evaluate more than ${MAX_EVALUATED} properties: move parts of it to schemas of their own`,
      )
    }
  }
}

/** The limit for the squares of the lengths of all lists of patterns: one list of 2000, or 400 lists of 100. */
const MAX_PATTERN_PAIRS = 4_000_000

/** Ajv joins the patterns of an object to one condition, in time that grows with the square of their number. */
class PatternLists {
  #pairs = 0

  /** @throws when the lists so far exceed the limit */
  count(patterns: object): void {
    this.#pairs += Object.keys(patterns).length ** 2
    if (this.#pairs > MAX_PATTERN_PAIRS) {
      throw new Error(
        `the patternProperties of the schema are too large to be compiled: an object may have ${Math.sqrt(MAX_PATTERN_PAIRS)}, several objects fewer`,
      )
    }
  }
}

/** Ajv compares a key with each evaluated name in turn. Many names become a table. */
function lookUpNames({ gen, it }: KeywordCxt): void {
  const { props } = it
  if (typeof props !== 'object' || props instanceof Name) return
  if (Object.keys(props).length <= FEW_NAMES) return
  it.props = gen.scopeValue('obj', { ref: Object.assign(Object.create(null), props) })
}

/** An expression is parsed in thousands of times the time of a text that is only read. */
function costOf({ keyword, schema }: KeywordCxt): number {
  return keyword === 'format' && schema === 'regex' ? 4000 : 1
}

function take(budget: Name, count: number): Code {
  return _`if ((${budget}.work -= ${count}) < 0) ${budget}.refuse()`
}

/** Returns the number of comparisons that a keyword makes whatever the value is. */
function listLength(keyword: string, { schema, parentSchema }: KeywordCxt): number {
  switch (keyword) {
    case 'additionalProperties':
      // The loop over the members ends at the first that is not declared.
      return sizeOf(parentSchema['properties'])
    case 'enum':
      return Array.isArray(schema) && isShort(schema) ? sizeOf(schema) : 1
    case 'const':
      return sizeOf([schema])
    default:
      return sizeOf(schema)
  }
}

/** Counts the members of a list, those of lists within it, and the characters of texts in it. */
function sizeOf(list: unknown): number {
  if (typeof list !== 'object' || list === null) return 0
  return Object.values(list).reduce<number>((size, member) => size + 1 + extraOf(member), 0)
}

function extraOf(member: unknown): number {
  if (typeof member === 'string') return Math.floor(member.length / CHARACTERS_PER_COMPARISON)
  return Array.isArray(member) ? member.length : 0
}
