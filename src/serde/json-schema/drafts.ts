/** The drafts of JSON Schema: which one a schema is of, and a validator for each. */
import { createRequire } from 'node:module'
import { Ajv, type AnySchema, type Options } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { RegExpEngine } from 'ajv/dist/types/index.js'
import draft04 from 'ajv-draft-04'
import { addFormats } from './formats.ts'

/** A draft that is supported, as its meta schema is called. */
export type Draft =
  | 'http://json-schema.org/draft-04/schema'
  | 'http://json-schema.org/draft-06/schema'
  | 'http://json-schema.org/draft-07/schema'
  | 'https://json-schema.org/draft/2019-09/schema'
  | 'https://json-schema.org/draft/2020-12/schema'

/** Of a schema that names none, or one that isn't known: what the original takes it for. */
const DEFAULT_DRAFT: Draft = 'http://json-schema.org/draft-07/schema'

// A CommonJS package with `default` set by hand, which TypeScript and Node.js see differently.
const Ajv04 = draft04 as unknown as typeof Ajv

const VALIDATORS: Record<Draft, new (options: Options) => Ajv> = {
  'http://json-schema.org/draft-04/schema': Ajv04,
  'http://json-schema.org/draft-06/schema': Ajv,
  'http://json-schema.org/draft-07/schema': Ajv,
  // These have all that an Ajv has, but are siblings of it by type.
  'https://json-schema.org/draft/2019-09/schema': Ajv2019 as unknown as typeof Ajv,
  'https://json-schema.org/draft/2020-12/schema': Ajv2020 as unknown as typeof Ajv,
}

const CONDITIONS = ['if', 'then', 'else']
/** Keywords that a draft hasn't yet, though its validator has. They are annotations there. */
const LATER_KEYWORDS: Partial<Record<Draft, readonly string[]>> = {
  'http://json-schema.org/draft-04/schema': ['const', 'contains', 'propertyNames', ...CONDITIONS],
  'http://json-schema.org/draft-06/schema': CONDITIONS,
}

/** The draft that a schema says it is written for, or another if it says nothing, or nothing that is known. */
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
 * A validator that takes any schema of a draft, and from which nothing is ever fetched.
 *
 * @param regExp what it compiles patterns with
 */
export function makeAjv(draft: Draft, regExp: RegExpEngine): Ajv {
  const ajv = new VALIDATORS[draft]({
    ...LENIENT,
    validateSchema: false,
    verbose: true,
    // A value has no member called `constructor` unless it says so.
    ownProperties: true,
    // Inlined, a schema that is referred to from many places would be compiled for each of them.
    inlineRefs: false,
    code: { regExp },
  })
  addFormats(ajv, draft)
  if (draft === 'http://json-schema.org/draft-06/schema') addDraft06(ajv)
  for (const keyword of LATER_KEYWORDS[draft] ?? []) ajv.removeKeyword(keyword)
  // Since draft 6 it has no meaning any more, and Ajv refuses it to remind of that.
  if (draft !== 'http://json-schema.org/draft-04/schema') ajv.removeKeyword('id')
  return ajv
}

/** Unknown keywords and formats are no errors, and nothing is logged. */
const LENIENT: Options = { strict: false, logger: false }

function addDraft06(ajv: Ajv): void {
  const load = createRequire(import.meta.url)
  ajv.addMetaSchema(load('ajv/dist/refs/json-schema-draft-06.json'), undefined, false)
}

const metaValidators = new Map<Draft, Ajv>()

/** Makes ready what is made once a draft: not under the deadline of a schema, which would leave it half made. */
export function prepare(draft: Draft): void {
  metaSchemaOf(draft)
}

/** What is wrong with a schema by a draft's meta schema, or undefined. */
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
  metaValidators.set(draft, ajv)
  return ajv
}
