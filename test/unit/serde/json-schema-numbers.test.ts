/** Numbers that no double is, judged by their digits. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PayloadError } from '../../../src/serde/codec.ts'
import { compileJsonSchema } from '../../../src/serde/json-schema/codec.ts'

function isValid(schema: string, json: string): boolean {
  const codec = compileJsonSchema({ type: 'JSON', text: schema, references: [] })
  try {
    assert.equal(codec.encode(json).toString(), json)
    return true
  } catch (error) {
    if (error instanceof PayloadError) return false
    throw error
  }
}

const DRAFT_04 = '"$schema":"http://json-schema.org/draft-04/schema#"'

/** Schema, what is valid, what isn't. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    '{"type":"integer"}',
    ['12345678901234567890', '1e400', '1.0', '1e-0', '-9007199254740993', '120e-1'],
    ['9007199254740993.5', '1.00000000000000000001', '1e-400', '0.1', '12e-1'],
  ],
  ['{"type":"number"}', ['1e400', '-1e400', '1e-400', '123456789012345678901234567890.5'], []],
  [
    '{"maximum":9007199254740992}',
    ['9007199254740992', '9007199254740991.9'],
    ['9007199254740993', '9007199254740992.1', '1e400'],
  ],
  [
    '{"maximum":18446744073709551615}',
    ['18446744073709551615', '1', '-1e500'],
    ['18446744073709551616', '18446744073709551615.0000001'],
  ],
  ['{"exclusiveMinimum":0}', ['1e-400', '0.1'], ['0', '-1e-400', '0e10']],
  ['{"exclusiveMaximum":1}', ['0.99999999999999999999'], ['1', '1.0', '1.00000000000000000001']],
  [`{${DRAFT_04},"minimum":9007199254740993}`, ['9007199254740993'], ['9007199254740992']],
  [
    `{${DRAFT_04},"minimum":9007199254740993,"exclusiveMinimum":true}`,
    ['9007199254740994'],
    ['9007199254740993'],
  ],
  [`{${DRAFT_04},"maximum":1,"exclusiveMaximum":true}`, ['0.99999999999999999999'], ['1']],
  [`{${DRAFT_04},"const":1,"enum":[2,9007199254740993]}`, ['2', '9007199254740993'], ['1']],
  ['{"const":9007199254740993}', ['9007199254740993', '9007199254740993.0'], ['9007199254740992']],
  [
    '{"enum":[1,{"a":[12345678901234567890]}]}',
    ['{"a":[12345678901234567890]}', '1.0'],
    ['{"a":[12345678901234567891]}', '2', '[]'],
  ],
  [
    '{"uniqueItems":true}',
    ['[9007199254740992,9007199254740993]', '[1,"1",true]', '[{"a":1},{"a":2}]'],
    ['[9007199254740993,9007199254740993.0]', '[1,1.0]', '[{"a":1,"b":2},{"b":2.0,"a":1}]'],
  ],
  [
    '{"multipleOf":0.1}',
    ['1.1', '0.3', '123456789012345678901.1', '1e400'],
    ['1.15', '0.30000000000000004', '1e-400'],
  ],
  ['{"multipleOf":3}', ['9007199254740993', '9'], ['9007199254740992', '10']],
  ['{"properties":{"a":{"maximum":1}}}', ['{"a":1,"b":1e400}'], ['{"a":1e400}']],
  [
    '{"items":{"allOf":[{"$ref":"#/definitions/x"}]},"definitions":{"x":{"maximum":1}}}',
    ['[1e-400]'],
    ['[1,1e400]'],
  ],
]

for (const [schema, valid, invalid] of CASES) {
  test(`by digits: ${schema}`, () => {
    for (const json of valid) assert.ok(isValid(schema, json), `${json} should be valid`)
    for (const json of invalid) assert.ok(!isValid(schema, json), `${json} should not be valid`)
  })
}

test('a number of more than 1000 characters is refused', () => {
  assert.ok(!isValid('{}', '1'.repeat(1001)))
  assert.ok(isValid('{}', '1'.repeat(1000)))
})
