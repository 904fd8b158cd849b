/** Protobuf's JSON mapping against that of protobuf-java, which the original uses: test/golden/protobuf-json. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { PayloadError } from '../../../src/serde/codec.ts'
import { compileProtobuf } from '../../../src/serde/protobuf/codec.ts'
import {
  DIFFERENT,
  empty,
  type JavaVector,
  schema,
  values,
} from '../../golden/protobuf-json/index.ts'

const codec = compileProtobuf({ type: 'PROTOBUF', text: schema, references: [] })

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof PayloadError) return undefined
    throw error
  }
}

/** What is made of a text here, in the form of a vector. */
function made(json: string): JavaVector {
  const payload = attempt(() => codec.encode(json))
  if (payload === undefined) return { json }
  const back = attempt(() => codec.decode(payload))
  return {
    json,
    payload: payload.toString('hex').slice('00'.length),
    ...(back !== undefined && { back: JSON.parse(back) }),
  }
}

function whole({ back, ...rest }: JavaVector): JavaVector {
  return { ...rest, ...(back !== undefined && { back: { ...empty, ...back } }) }
}

test('JSON means what it means to protobuf-java, but where that is listed', () => {
  const used = new Set<RegExp>()
  for (const vector of values) {
    const ours = made(vector.json)
    const pattern = DIFFERENT.find((one) => one.test(vector.json))
    if (pattern === undefined) assert.deepEqual(ours, whole(vector))
    else if (!isDeepStrictEqual(ours, whole(vector))) used.add(pattern)
  }
  assert.ok(values.length > 1400)
  assert.deepEqual(
    DIFFERENT.filter((pattern) => !used.has(pattern)),
    [],
  )
})

test('what is written can be read', () => {
  for (const { json } of values) {
    const { payload, back } = made(json)
    assert.equal(back === undefined, payload === undefined, json)
  }
})

test('bytes are base64 of one alphabet, or refused: none of them vanish', () => {
  for (const text of ['A===', 'A', 'A=', 'AQ==AQ==', '+_8=', ' AQID', 'AQ\\nID', 'AQ*D']) {
    for (const json of [
      `{"bytes":"${text}"}`,
      `{"manyBytes":["AQ==","${text}"]}`,
      `{"toBytes":{"a":"${text}"}}`,
      `{"wBytes":"${text}"}`,
      `{"message":{"bytes":"${text}"}}`,
      `{"any":{"@type":"x/t.M","bytes":"${text}"}}`,
      `{"bytes":"${text}","string":1.50}`,
    ]) {
      assert.throws(() => codec.encode(json), /bytes.*: expected base64, got|BytesValue/i, json)
    }
  }
})

test('a number for a string is the text that the client wrote', () => {
  for (const text of [
    '1.50',
    '-0',
    '-0.0',
    '1e3',
    '1E+3',
    '0.10',
    '1e400',
    '12345678901234567890.120',
  ]) {
    const json = `{"string":${text},"strings":[${text}],"wString":${text},"byString":{"a":${text}},"oneString":${text}}`
    const back = JSON.parse(codec.decode(codec.encode(json)))
    const { string, strings, wString, byString, oneString } = back
    assert.deepEqual(
      [string, strings, wString, byString, oneString],
      [text, [text], text, { a: text }, text],
    )
  }
})

test('a number beyond a double is refused where any JSON may stand', () => {
  const any = (type: string, value: string) =>
    `{"any":{"@type":"x/google.protobuf.${type}","value":${value}}}`
  for (const json of [
    '{"value":1e400}',
    '{"value":[{"a":[-1e400]}]}',
    '{"list":[1,1e400]}',
    '{"struct":{"a":{"b":1e999}}}',
    '{"values":[null,1e400]}',
    '{"toValue":{"a":1e400}}',
    '{"oneValue":1e400}',
    any('Value', '1e400'),
    any('Struct', '{"a":1e400}'),
  ]) {
    assert.throws(
      () => codec.encode(json),
      /Value: expected a number that fits into a double, got -?1e/,
    )
  }
})

test('half of a surrogate pair is refused wherever a text or a name stands', () => {
  for (const half of ['\\ud800', 'x\\uDFFF', '\\udc00\\ud800']) {
    for (const json of [
      `{"string":"${half}"}`,
      `{"value":"${half}"}`,
      `{"struct":{"${half}":1}}`,
      `{"byString":{"${half}":"x"}}`,
      `{"mask":"${half}"}`,
    ]) {
      assert.throws(() => codec.encode(json), /unpaired surrogate/, json)
    }
  }
  const json = '{"value":"\\ud83d\\ude00","string":"\\\\ud800"}'
  const { value, string } = JSON.parse(codec.decode(codec.encode(json)))
  assert.deepEqual([value, string], ['😀', '\\ud800'])
})

test('a member of a oneof that is null is not set, but where null is a value', () => {
  const payload = codec.encode('{"oneInt":1}')
  for (const name of ['oneMessage', 'oneEnum', 'oneString']) {
    assert.deepEqual(codec.encode(`{"${name}":null,"oneInt":1}`), payload)
    assert.deepEqual(codec.encode(`{"oneInt":1,"${name}":null}`), payload)
    assert.equal(codec.encode(`{"${name}":null}`).length, 1)
  }
  for (const name of ['oneValue', 'oneNull']) {
    assert.ok(codec.encode(`{"${name}":null}`).length > 1)
    assert.throws(() => codec.encode(`{"${name}":null,"oneInt":1}`), /oneof set multiple times/)
  }
})

test('what stands beside the value of an Any is refused', () => {
  assert.throws(
    () => codec.encode('{"any":{"@type":"x/google.protobuf.Duration","value":"1s","x":1}}'),
    /^PayloadError: Cannot find field: x in message google\.protobuf\.Any$/,
  )
})
