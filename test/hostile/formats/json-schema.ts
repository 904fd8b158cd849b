/** Hostile input of JSON Schema. */
import {
  type AbusivePayload,
  type AbusiveSchema,
  type AbusiveValues,
  type FormatAbuse,
  filled,
  listOf,
  nested,
  repeated,
} from './abuse.ts'

/** A schema with a title of its own. */
function titled(unique: string, members: string): string {
  return `{"title":"${unique}",${members}}`
}

/** Definitions of which each uses the one before it twice. */
function doubling(levels: number, keyword: string): string {
  const definitions = listOf(levels, (index) => {
    const inner = index === 0 ? '{"type":"integer"}' : `{"$ref":"#/definitions/d${index - 1}"}`
    return `"d${index}":{"${keyword}":[${inner},${inner}]}`
  })
  return `"definitions":{${definitions}},"$ref":"#/definitions/d${levels - 1}"`
}

/** Expressions on which a backtracking matcher takes for ever, or whose automata are large. */
const PATTERNS: readonly string[] = [
  '^(a+)+$',
  '^(a|a)*b$',
  '(.*)*x$',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '((a{0,100}){0,100}){0,100}',
  'a{0,1000}{0,1000}',
  '(?=(a+))\\\\1*b',
  '(a*)*\\\\1b',
  '^(?:a?){1000}a{1000}$',
  '[^\\\\u0000-\\\\uffff]*'.repeat(50),
  '(?i)(\\\\p{L}|\\\\p{Lu}|\\\\p{Ll})*!',
  nested(500, '(', 'a', ')*'),
  listOf(3000, (index) => `a${index}`).replaceAll(',', '|'),
  '(x+x+)+y|'.repeat(500),
]

const SCHEMAS: readonly AbusiveSchema[] = [
  {
    what: '5000 properties',
    text: (unique) =>
      titled(
        unique,
        `"properties":{${listOf(5000, (index) => `"p${index}":{"type":"string","maxLength":9}`)}},"additionalProperties":false`,
      ),
    value: `{${listOf(5000, (index) => `"p${index}":"a"`)}}`,
  },
  {
    what: '5000 required members',
    text: (unique) => titled(unique, `"required":[${listOf(5000, (index) => `"p${index}"`)}]`),
    value: '{}',
  },
  {
    what: '1000 patterns of names, and 1000 names',
    text: (unique) =>
      titled(
        unique,
        `"patternProperties":{${listOf(1000, (index) => `"^(p+)+${index}x$":{"type":"string"}`)}}`,
      ),
    value: `{${listOf(1000, (index) => `"${'p'.repeat(30)}${index}":1`)}}`,
  },
  ...PATTERNS.map((pattern) => ({
    what: `the pattern ${pattern.slice(0, 30)}`,
    text: (unique: string) => titled(unique, `"type":"string","pattern":"${pattern}"`),
    value: `"${'a'.repeat(30_000)}!"`,
  })),
  ...['allOf', 'anyOf', 'oneOf'].map((keyword) => ({
    what: `2^25 references in ${keyword}`,
    text: (unique: string) => titled(unique, doubling(25, keyword)),
    value: '"a"',
  })),
  {
    what: 'a reference to itself',
    text: (unique) => titled(unique, '"allOf":[{"$ref":"#"}]'),
    value: '1',
  },
  {
    what: 'items that nest 300 deep',
    text: (unique) => titled(unique, `"items":${nested(300, '{"items":', '{}', '}')}`),
    value: nested(300, '[', '1', ']'),
  },
  {
    what: 'an enum of 50,000 values',
    text: (unique) => titled(unique, `"enum":[${listOf(50_000, String)}]`),
    value: '49999',
  },
  {
    what: 'an enum of 5000 objects',
    text: (unique) =>
      titled(unique, `"enum":[${listOf(5000, (index) => `{"a":[1,2,3,${index}]}`)}]`),
    value: '{"a":[1,2,3,4999]}',
  },
  {
    what: 'one of 3000 objects',
    text: (unique) =>
      titled(
        unique,
        `"oneOf":[${listOf(
          3000,
          (index) => `{"properties":{"a":{"const":${index}}},"required":["a"]}`,
        )}]`,
      ),
    value: '{"a":2999}',
  },
  {
    what: 'conditions that nest 300 deep',
    text: (unique) =>
      titled(
        unique,
        `"if":{"const":0},"else":${nested(300, '{"if":{"const":1},"else":', '{"const":2}', '}')}`,
      ),
    value: '2',
  },
  {
    what: '2000 dependencies',
    text: (unique) =>
      titled(
        unique,
        `"dependencies":{${listOf(2000, (index) => `"p${index}":["p${index + 1}"]`)}}`,
      ),
    value: `{${listOf(2000, (index) => `"p${index}":1`)}}`,
  },
  {
    what: 'members that none of 300 schemas evaluates',
    text: (unique) =>
      titled(
        unique,
        `"$schema":"https://json-schema.org/draft/2020-12/schema","unevaluatedProperties":false,` +
          `"anyOf":[${listOf(300, (index) => `{"properties":{"p${index}":{}}}`)}]`,
      ),
    value: `{${listOf(1000, (index) => `"p${index}":1`)}}`,
  },
  {
    what: '3000 identifiers',
    text: (unique) =>
      titled(
        unique,
        `"definitions":{${listOf(3000, (index) => `"d${index}":{"$id":"http://a/${index}"}`)}},"$ref":"http://a/2999"`,
      ),
    value: '1',
  },
  {
    what: '3000 references to 3000 definitions',
    text: (unique) =>
      titled(
        unique,
        `"definitions":{${listOf(3000, (index) => `"d${index}":{"type":["integer","string"]}`)}},` +
          `"allOf":[${listOf(3000, (index) => `{"$ref":"#/definitions/d${index}"}`)}]`,
      ),
    value: '1',
  },
  {
    what: 'references to what refers to others, 25 deep',
    references: Object.fromEntries(
      Array.from({ length: 25 }, (_, index) => {
        const inner = `{"$ref":"r${index - 1}.json"}`
        return [
          `r${index}.json`,
          index === 0 ? '{"type":"integer"}' : `{"allOf":[${inner},${inner}]}`,
        ]
      }),
    ),
    text: (unique) => titled(unique, '"$ref":"r24.json"'),
    value: '"a"',
  },
  {
    what: 'multiples of a very small number',
    text: (unique) => titled(unique, '"multipleOf":1e-300'),
    value: '1e300',
  },
  {
    what: 'multiples of a number of 100,000 digits',
    text: (unique) => titled(unique, `"multipleOf":0.${'3'.repeat(100_000)}`),
    value: '7'.repeat(100_000),
  },
]

const UNIQUE = '{"uniqueItems":true}'

const VALUES: readonly AbusiveValues[] = [
  {
    what: 'a string',
    schema: '{"type":"string","maxLength":10000000}',
    value: (bytes) => repeated(bytes, '"', 'a', '"'),
  },
  {
    what: 'surrogates',
    schema: '{"type":"string","maxLength":10000000}',
    value: (bytes) => repeated(bytes, '"', '\\ud83d\\ude00', '"'),
  },
  {
    what: 'a string that a pattern almost matches',
    schema: '{"type":"string","pattern":"^(a+)+$"}',
    value: (bytes) => repeated(bytes, '"', 'a', '!"'),
  },
  {
    what: 'a string for a set of letters',
    schema: '{"type":"string","pattern":"^[\\\\p{L}\\\\s]*$"}',
    value: (bytes) => repeated(bytes, '"', 'ab ', '"'),
  },
  { what: 'an integer', schema: '{"type":"integer"}', value: (bytes) => '9'.repeat(bytes) },
  {
    what: 'an integer with a fraction of zeros',
    schema: '{"type":"integer"}',
    value: (bytes) => repeated(bytes, '1.', '0', ''),
  },
  {
    what: 'a number with a huge exponent',
    schema: '{"type":"integer"}',
    value: () => '1e999999999',
  },
  {
    what: 'multiples',
    schema: '{"multipleOf":0.01}',
    value: (bytes) => '9'.repeat(bytes),
  },
  {
    what: 'a number below another',
    schema: `{"maximum":${'9'.repeat(1000)}}`,
    value: (bytes) => repeated(bytes, '0.', '3', ''),
  },
  {
    what: 'numbers of 1000 digits',
    schema: '{"items":{"type":"number","multipleOf":0.7}}',
    value: (bytes) => repeated(bytes, '[', '7'.repeat(1000), ']', ','),
  },
  {
    what: 'numbers of one digit',
    schema: '{"items":{"type":"integer","minimum":0}}',
    value: (bytes) => repeated(bytes, '[', '1', ']', ','),
  },
  {
    what: 'unique numbers',
    schema: UNIQUE,
    value: (bytes) => filled(bytes, '[', String, ']'),
  },
  {
    what: 'unique strings',
    schema: UNIQUE,
    value: (bytes) => filled(bytes, '[', (index) => `"s${index}"`, ']'),
  },
  {
    what: 'unique objects',
    schema: UNIQUE,
    value: (bytes) => filled(bytes, '[', (index) => `{"a":${index}}`, ']'),
  },
  {
    what: 'unique lists of one sum',
    schema: UNIQUE,
    value: (bytes) => filled(bytes, '[', (index) => `[${index},${-index}]`, ']'),
  },
  {
    what: 'one item that is contained',
    schema: '{"contains":{"const":"a"}}',
    value: (bytes) => repeated(bytes, '[', '"b"', ']', ','),
  },
  {
    what: 'members',
    schema: '{"additionalProperties":{"type":"integer"}}',
    value: (bytes) => filled(bytes, '{', (index) => `"m${index}":1`, '}'),
  },
  {
    what: 'members whose names are numbers',
    schema: '{"additionalProperties":{"type":"integer"}}',
    value: (bytes) => filled(bytes, '{', (index) => `"${index * 2048}":1`, '}'),
  },
  {
    what: 'members whose names a pattern has to match',
    schema: '{"propertyNames":{"pattern":"^(m+)+\\\\d*$"}}',
    value: (bytes) => filled(bytes, '{', (index) => `"mmmmmmmmmm${index}!":1`, '}'),
  },
  {
    what: 'members that fail',
    schema: '{"additionalProperties":{"type":"integer"}}',
    value: (bytes) => filled(bytes, '{', (index) => `"m${index}":"a"`, '}'),
  },
  {
    what: 'one member again and again',
    schema: '{}',
    value: (bytes) => repeated(bytes, '{', '"a":[1,2]', '}', ','),
  },
  {
    what: 'lists 900 deep',
    schema: '{"items":{"$ref":"#"}}',
    value: (bytes) => repeated(bytes, '[', nested(900, '[', '', ']'), ']', ','),
  },
  {
    what: 'objects 900 deep',
    schema: '{"additionalProperties":{"$ref":"#"}}',
    value: (bytes) => repeated(bytes, '{', `"a":${nested(900, '{"a":', '1', '}')}`, '}', ','),
  },
  {
    what: 'addresses',
    schema: '{"type":"string","format":"email"}',
    value: (bytes) => repeated(bytes, '"', 'a.', 'a@b.example"'),
  },
  {
    what: 'a host',
    schema: '{"type":"string","format":"hostname"}',
    value: (bytes) => repeated(bytes, '"', 'a-', 'a"'),
  },
  {
    what: 'a URI',
    schema: '{"type":"string","format":"uri"}',
    value: (bytes) => repeated(bytes, '"http://a/', '%41/', '"'),
  },
]

const ANY = '{}'

/** Payloads are texts, which nobody has checked. */
function textual(what: string, text: (bytes: number) => string | Buffer): AbusivePayload {
  return { what, schema: ANY, payload: (bytes) => Buffer.from(text(bytes)) }
}

const PAYLOADS: readonly AbusivePayload[] = [
  textual('digits', (bytes) => '9'.repeat(bytes)),
  textual('brackets', (bytes) => '['.repeat(bytes)),
  textual('lists as deep as the record is long', (bytes) => nested(bytes / 2, '[', '', ']')),
  textual('objects as deep as the record is long', (bytes) =>
    nested(Math.floor(bytes / 7), '{"a":', '1', '}'),
  ),
  textual('members', (bytes) => filled(bytes, '{', (index) => `"m${index}":0`, '}')),
  textual('items', (bytes) => repeated(bytes, '[', '0', ']', ',')),
  textual('escapes', (bytes) => repeated(bytes, '"', '\\u0000', '"')),
  textual('half of a pair of surrogates', (bytes) => repeated(bytes, '"', '\\ud800', '"')),
  textual('no UTF-8', (bytes) => Buffer.alloc(bytes, 0xff)),
  textual('no JSON', (bytes) => 'x'.repeat(bytes)),
  textual('white space', (bytes) => ' '.repeat(bytes)),
  textual('nothing', () => ''),
]

/** Of JSON Schema. */
export const JSON_SCHEMA_ABUSE: FormatAbuse = {
  type: 'JSON',
  schemas: SCHEMAS,
  values: VALUES,
  payloads: PAYLOADS,
}
