/** The drafts of JSON Schema: detection, and an Ajv for each. */
import { createRequire } from 'node:module'
import { Ajv, type AnySchema, type Options } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { RegExpEngine } from 'ajv/dist/types/index.js'
import draft04 from 'ajv-draft-04'
import { KeptDigits } from '../digits/kept-digits.ts'
import { Identities } from './equality.ts'
import { addFormats } from './formats.ts'

/** A supported draft, by the URI of its meta schema. */
export type Draft =
  | 'http://json-schema.org/draft-04/schema'
  | 'http://json-schema.org/draft-06/schema'
  | 'http://json-schema.org/draft-07/schema'
  | 'https://json-schema.org/draft/2019-09/schema'
  | 'https://json-schema.org/draft/2020-12/schema'

/** The draft of schemas without a known `$schema`, as in Confluent's REST proxy. */
const DEFAULT_DRAFT: Draft = 'http://json-schema.org/draft-07/schema'

// The package sets `default` by hand, which TypeScript and Node.js interpret differently.
const Ajv04 = draft04 as unknown as typeof Ajv

const VALIDATORS: Record<Draft, new (options: Options) => Ajv> = {
  'http://json-schema.org/draft-04/schema': Ajv04,
  'http://json-schema.org/draft-06/schema': Ajv,
  'http://json-schema.org/draft-07/schema': Ajv,
  // These classes have all members of Ajv, but are unrelated types.
  'https://json-schema.org/draft/2019-09/schema': Ajv2019 as unknown as typeof Ajv,
  'https://json-schema.org/draft/2020-12/schema': Ajv2020 as unknown as typeof Ajv,
}

const CONDITIONS = ['if', 'then', 'else']
/** Keywords that Ajv implements although the draft does not define them. The draft treats them as annotations. */
const LATER_KEYWORDS: Partial<Record<Draft, readonly string[]>> = {
  'http://json-schema.org/draft-04/schema': ['const', 'contains', 'propertyNames', ...CONDITIONS],
  'http://json-schema.org/draft-06/schema': CONDITIONS,
}

/** Returns the draft that `$schema` names, or another one when it names no known draft. */
export function draftOf(schema: unknown, otherwise = DEFAULT_DRAFT): Draft {
  const named = (schema as { $schema?: unknown } | null)?.$schema
  if (typeof named !== 'string') return otherwise
  const name = withoutScheme(named.replace(/#$/, ''))
  const known = Object.keys(VALIDATORS) as Draft[]
  return known.find((draft) => withoutScheme(draft) === name) ?? otherwise
}

function withoutScheme(uri: string): string {
  return uri.replace(/^https?:/, '')
}

/**
 * Returns an Ajv that accepts any schema of a draft and never fetches one.
 *
 * @param regExp compiles patterns
 */
export function makeAjv(draft: Draft, regExp: RegExpEngine): Ajv {
  const ajv = new VALIDATORS[draft]({
    ...LENIENT,
    validateSchema: false,
    verbose: true,
    // Inherited properties such as `constructor` are not members of a value.
    ownProperties: true,
    // Inlining would compile a schema once for each of its references.
    inlineRefs: false,
    code: { regExp, optimize: false },
  })
  addFormats(ajv, draft)
  if (draft === 'http://json-schema.org/draft-06/schema') addDraft06(ajv)
  for (const keyword of LATER_KEYWORDS[draft] ?? []) ajv.removeKeyword(keyword)
  // `id` has no meaning since draft 6, and Ajv refuses it there.
  if (draft !== 'http://json-schema.org/draft-04/schema') ajv.removeKeyword('id')
  return ajv
}

/** Unknown keywords and formats are allowed, and Ajv logs nothing. */
const LENIENT: Options = { strict: false, logger: false }

function addDraft06(ajv: Ajv): void {
  const load = createRequire(import.meta.url)
  ajv.addMetaSchema(load('ajv/dist/refs/json-schema-draft-06.json'), undefined, false)
}

const metaValidators = new Map<Draft, Ajv>()

/** Compiles a draft's meta schema, so that its first schema takes no longer than others. */
export function prepare(draft: Draft): void {
  metaSchemaOf(draft)
}

/** Returns the first violation of a draft's meta schema; undefined for a valid schema. */
export function findFault(draft: Draft, schema: AnySchema): string | undefined {
  const validate = metaSchemaOf(draft)
  if (validate(schema)) return undefined
  const [error] = validate.errors ?? []
  return `#${error?.instancePath} ${error?.message}`
}

function metaSchemaOf(draft: Draft) {
  const ajv = metaValidators.get(draft) ?? makeMetaValidator(draft)
  const validate = ajv.getSchema(draft)
  if (validate === undefined) throw new Error(`Ajv has no meta schema of ${draft}`)
  return validate
}

function makeMetaValidator(draft: Draft): Ajv {
  const ajv = new VALIDATORS[draft](LENIENT)
  if (draft === 'http://json-schema.org/draft-06/schema') addDraft06(ajv)
  // Ajv compares all pairs of the members of an `enum` or of a list of names.
  ajv.removeKeyword('uniqueItems').addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    error: { message: 'must NOT have duplicate items' },
    validate: (isAsked: boolean, items: readonly unknown[]) =>
      !isAsked || new Identities(KeptDigits.NONE).areUnique(items),
  })
  metaValidators.set(draft, ajv)
  return ajv
}
