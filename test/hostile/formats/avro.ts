/** Hostile input of Avro. */
import {
  type AbusivePayload,
  type AbusiveSchema,
  type AbusiveValues,
  type FormatAbuse,
  filled,
  listOf,
  nested,
  repeated,
  repeatedBytes,
  varint,
} from './abuse.ts'

function record(name: string, fields: string): string {
  return `{"type":"record","name":"${name}","fields":[${fields}]}`
}

function field(name: string, type: string, rest = ''): string {
  return `{"name":"${name}","type":${type}${rest}}`
}

/** A record of two records of two records …, each declared once; all fields have defaults. */
function doubling(unique: string, levels: number): string {
  let type = record(`L0${unique}`, field('a', '"int"', ',"default":0'))
  for (let level = 1; level <= levels; level++) {
    const inner = `"L${level - 1}${unique}"`
    const fields = [field('a', type, ',"default":{}'), field('b', inner, ',"default":{}')]
    type = record(`L${level}${unique}`, fields.join())
  }
  return type
}

const SCHEMAS: readonly AbusiveSchema[] = [
  {
    what: '5000 fields',
    text: (unique) =>
      record(
        `R${unique}`,
        listOf(5000, (index) => field(`f${index}`, '"int"')),
      ),
    value: `{${listOf(5000, (index) => `"f${index}":1`)}}`,
  },
  {
    what: '5000 optional fields of records',
    text: (unique) =>
      record(
        `R${unique}`,
        listOf(5000, (index) =>
          field(
            `f${index}`,
            `["null",${record(`S${index}`, field('a', '"int"'))}]`,
            ',"default":null',
          ),
        ),
      ),
    value: `{${listOf(5000, (index) => `"f${index}":null`)}}`,
  },
  {
    what: 'a union of 5000 records',
    text: (unique) => `[${listOf(5000, (index) => record(`R${index}${unique}`, ''))}]`,
    value: '{"a":{}}',
  },
  {
    what: 'a field whose union has 3000 records',
    text: (unique) =>
      record(
        `R${unique}`,
        field('u', `[${listOf(3000, (index) => record(`S${index}`, field('a', '"int"')))}]`),
      ),
    value: '{"u":{"S2999":{"a":1}}}',
  },
  {
    what: 'an enum of 50,000 symbols',
    text: (unique) =>
      `{"type":"enum","name":"E${unique}","symbols":[${listOf(50_000, (index) => `"s${index}"`)}]}`,
    value: '"s49999"',
  },
  {
    what: 'defaults of 2^25 fields',
    text: (unique) => doubling(unique, 25),
    value: '{}',
  },
  {
    what: 'fields of 2^25 fields',
    text: (unique) => doubling(unique, 25),
    value: nested(26, '{"a":', '0', ',"b":{}}'),
  },
  {
    what: 'records that nest 300 deep',
    text: (unique) => {
      let type = '"int"'
      for (let level = 0; level < 300; level++)
        type = record(`N${level}${unique}`, field('a', type))
      return type
    },
    value: nested(300, '{"a":', '1', '}'),
  },
  {
    what: 'arrays that nest 990 deep',
    text: (unique) => nested(990, '{"type":"array","items":', `"int","a":"${unique}"`, '}'),
    value: nested(990, '[', '1', ']'),
  },
  {
    what: 'a record of itself, and a value that nests 400 deep',
    text: (unique) => record('R', field('next', '["null","R"]', `,"doc":"${unique}"`)),
    value: nested(400, `{"next":{"R":`, 'null', '}}'),
  },
  {
    what: 'a decimal of a million digits',
    text: (unique) =>
      `{"type":"bytes","logicalType":"decimal","precision":1000000,"scale":999999,"a":"${unique}"}`,
    value: `"${'\\u00ff'.repeat(1000)}"`,
  },
  {
    what: 'a fixed of two gigabytes',
    text: (unique) => `{"type":"fixed","name":"F${unique}","size":2147483647}`,
    value: '"a"',
  },
  {
    what: '20,000 aliases',
    text: (unique) =>
      `{"type":"record","name":"R${unique}","aliases":[${listOf(20_000, (index) => `"a${index}"`)}],"fields":[]}`,
    value: '{}',
  },
  {
    what: 'a name of 500,000 characters',
    text: (unique) => record(`R${unique}${'a'.repeat(500_000)}`, field('a', '"int"')),
    value: '{"a":1}',
  },
  {
    what: 'a namespace of 100,000 parts, and 500 names in it',
    text: (unique) =>
      `{"type":"record","name":"R${unique}","namespace":"${'a.'.repeat(100_000)}a","fields":[${listOf(
        500,
        (index) => field(`f${index}`, record(`S${index}`, '')),
      )}]}`,
    value: `{${listOf(500, (index) => `"f${index}":{}`)}}`,
  },
  {
    what: 'a default of 900,000 characters',
    text: (unique) =>
      record(
        `R${unique}`,
        field('a', '{"type":"array","items":"int"}', `,"default":[${listOf(300_000, () => '0')}]`),
      ),
    value: '{"a":[]}',
  },
]

const DIGITS = (bytes: number) => '9'.repeat(bytes)

const VALUES: readonly AbusiveValues[] = [
  { what: 'a string', schema: '"string"', value: (bytes) => repeated(bytes, '"', 'a', '"') },
  { what: 'escapes', schema: '"string"', value: (bytes) => repeated(bytes, '"', '\\u0061', '"') },
  {
    what: 'surrogates',
    schema: '"string"',
    value: (bytes) => repeated(bytes, '"', '\\ud83d\\ude00', '"'),
  },
  { what: 'bytes', schema: '"bytes"', value: (bytes) => repeated(bytes, '"', '\\u00ff', '"') },
  { what: 'an int of digits', schema: '"int"', value: DIGITS },
  { what: 'a long of digits', schema: '"long"', value: DIGITS },
  {
    what: 'a long with a fraction of zeros',
    schema: '"long"',
    value: (bytes) => repeated(bytes, '1.', '0', ''),
  },
  { what: 'a double of digits', schema: '"double"', value: DIGITS },
  {
    what: 'a double with a long fraction',
    schema: '"double"',
    value: (bytes) => repeated(bytes, '0.', '1', ''),
  },
  { what: 'a float of digits', schema: '"float"', value: DIGITS },
  {
    what: 'a decimal',
    schema: '{"type":"bytes","logicalType":"decimal","precision":1000000,"scale":10}',
    value: (bytes) => repeated(bytes, '"', '\\u007f', '"'),
  },
  {
    what: 'an array of ints',
    schema: '{"type":"array","items":"int"}',
    value: (bytes) => repeated(bytes, '[', '1', ']', ','),
  },
  {
    what: 'an array of nulls',
    schema: '{"type":"array","items":"null"}',
    value: (bytes) => repeated(bytes, '[', 'null', ']', ','),
  },
  {
    what: 'an array of records without fields',
    schema: '{"type":"array","items":{"type":"record","name":"R","fields":[]}}',
    value: (bytes) => repeated(bytes, '[', '{}', ']', ','),
  },
  {
    what: 'an array of unions',
    schema: '{"type":"array","items":["null","int","string",{"type":"array","items":"int"}]}',
    value: (bytes) => repeated(bytes, '[', '{"int":1}', ']', ','),
  },
  {
    what: 'a map',
    schema: '{"type":"map","values":"int"}',
    value: (bytes) => filled(bytes, '{', (index) => `"m${index}":1`, '}'),
  },
  {
    what: 'a map of one name',
    schema: '{"type":"map","values":"int"}',
    value: (bytes) => repeated(bytes, '{', '"a":1', '}', ','),
  },
  {
    what: 'a map of numbers',
    schema: '{"type":"map","values":"int"}',
    value: (bytes) => filled(bytes, '{', (index) => `"${index * 2048}":1`, '}'),
  },
  {
    what: 'fields that nobody knows',
    schema: record('R', field('a', '"int"')),
    value: (bytes) => filled(bytes, '{"a":1,', (index) => `"m${index}":1`, '}'),
  },
  {
    what: 'one field again and again',
    schema: record('R', field('a', '{"type":"array","items":"int"}')),
    value: (bytes) => repeated(bytes, '{', '"a":[1,2,3]', '}', ','),
  },
  {
    what: 'a symbol that nobody knows',
    schema: '{"type":"enum","name":"E","symbols":["a"]}',
    value: (bytes) => repeated(bytes, '"', 'a', '"'),
  },
  {
    what: 'a branch that nobody knows',
    schema: '["null","int"]',
    value: (bytes) => repeated(bytes, '{"', 'a', '":1}'),
  },
  {
    what: 'a list 900 deep, again and again',
    schema: '{"type":"array","items":"string"}',
    value: (bytes) => repeated(bytes, '["a",', nested(900, '[', '', ']'), ']', ','),
  },
  {
    what: 'a fixed',
    schema: '{"type":"fixed","name":"F","size":1000000}',
    value: (bytes) => repeated(bytes, '"', '\\u00ff', '"'),
  },
]

const MANY = 2n ** 40n

const PAYLOADS: readonly AbusivePayload[] = [
  {
    what: 'a trillion nulls',
    schema: '{"type":"array","items":"null"}',
    payload: () => Buffer.concat([varint(MANY * 2n), varint(0)]),
  },
  {
    what: 'blocks of many nulls',
    schema: '{"type":"array","items":"null"}',
    payload: (bytes) => repeatedBytes(bytes, new Uint8Array(), varint(200_000), varint(0)),
  },
  {
    what: 'a trillion records without fields',
    schema: '{"type":"array","items":{"type":"record","name":"R","fields":[]}}',
    payload: () => Buffer.concat([varint(MANY * 2n), varint(0)]),
  },
  {
    what: 'a block of a negative count and a size',
    schema: '{"type":"array","items":"int"}',
    payload: () => Buffer.concat([varint(MANY * 2n - 1n), varint(2n), varint(0)]),
  },
  {
    what: 'a string longer than its record',
    schema: '"string"',
    payload: () => varint(2n ** 32n),
  },
  {
    what: 'a number without an end',
    schema: '"long"',
    payload: (bytes) => Buffer.alloc(bytes, 0xff),
  },
  {
    what: 'small blocks',
    schema: '{"type":"array","items":"int"}',
    payload: (bytes) => repeatedBytes(bytes, new Uint8Array(), Buffer.from([2, 2]), varint(0)),
  },
  {
    what: 'a list of lists that nest as deep as the record is long',
    schema: record('R', field('next', '["null","R"]')),
    payload: (bytes) => repeatedBytes(bytes, new Uint8Array(), varint(2), varint(0)),
  },
  {
    what: 'a decimal',
    schema: '{"type":"bytes","logicalType":"decimal","precision":3000000,"scale":10}',
    payload: (bytes) => Buffer.concat([varint(2 * (bytes - 10)), Buffer.alloc(bytes - 10, 0x77)]),
  },
  {
    what: 'bytes, each of which is an escape in JSON',
    schema: '"bytes"',
    payload: (bytes) => Buffer.concat([varint(2 * (bytes - 10)), Buffer.alloc(bytes - 10, 1)]),
  },
  {
    what: 'text of control characters',
    schema: '"string"',
    payload: (bytes) => Buffer.concat([varint(2 * (bytes - 10)), Buffer.alloc(bytes - 10, 1)]),
  },
  {
    what: 'text that is no UTF-8',
    schema: '"string"',
    payload: (bytes) => Buffer.concat([varint(2 * (bytes - 10)), Buffer.alloc(bytes - 10, 0xff)]),
  },
  {
    what: 'a map of one name',
    schema: '{"type":"map","values":"int"}',
    payload: (bytes) =>
      Buffer.concat([
        varint(2 * Math.floor((bytes - 20) / 3)),
        Buffer.alloc(3 * Math.floor((bytes - 20) / 3), Buffer.from([2, 0x61, 2])),
        varint(0),
      ]),
  },
  {
    what: 'records of 1000 fields with nothing in them',
    schema: `{"type":"array","items":${record(
      'R',
      listOf(1000, (index) => field(`a_field_with_a_long_name_${index}`, '"null"')),
    )}}`,
    payload: () => Buffer.concat([varint(2_000_000), varint(0)]),
  },
]

/** Of Avro. */
export const AVRO_ABUSE: FormatAbuse = {
  type: 'AVRO',
  schemas: SCHEMAS,
  values: VALUES,
  payloads: PAYLOADS,
}
