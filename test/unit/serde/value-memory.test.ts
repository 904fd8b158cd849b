/**
 * Values and payloads whose objects take very much more memory than their bytes: they are refused before, so that they do not
 * end the thread for schemas.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { CodecWork } from './codec-thread.ts'

/** Half of the default of `sluice.schema.heap.max.bytes`. */
const HEAP_MIB = 128
const TEXT_BYTES = 2 ** 21
const PAYLOAD_BYTES = 990_000

/** Returns what a thread with such a heap says of the work; or the code of the error that has ended it. */
function outcomeOf(work: CodecWork): Promise<string> {
  return new Promise((resolve) => {
    const thread = new Worker(new URL('codec-thread.ts', import.meta.url), {
      workerData: work,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    })
    thread.on('message', resolve)
    thread.on('error', (error: NodeJS.ErrnoException) => resolve(`ended by ${error.code}`))
    thread.on('exit', (code) => resolve(`exited with ${code}`))
  })
}

/** A Protobuf schema. */
function schemaOf(fields: string, imported = '', rest = ''): string {
  const imports = imported && `import "google/protobuf/${imported}.proto";`
  return `syntax = "proto3"; ${imports} message M { ${fields} } ${rest}`
}

/** A message of 24 fields. */
function wide(type: string): string {
  const fields = Array.from({ length: 24 }, (_, index) => `${type} f${index} = ${index + 1};`)
  return `message Wide { ${fields.join(' ')} }`
}

function textOf(before: string, item: string, behind: string, bytes = TEXT_BYTES): string {
  const items = `${item},`.repeat(Math.floor((bytes - item.length) / (item.length + 1)))
  return before + items + item + behind
}

function payloadOf(hex: string): Buffer {
  const unit = Buffer.from(hex, 'hex')
  const units = Buffer.alloc(unit.length * Math.floor(PAYLOAD_BYTES / unit.length), unit)
  return Buffer.concat([Buffer.from([0]), units])
}

const REFUSED =
  /^refused: .* more than 80 MiB of memory, the share of sluice\.schema\.heap\.max\.bytes for one value/
const VALUE = schemaOf('google.protobuf.Value v = 1;', 'struct')

const VALUES: Readonly<Record<string, readonly [schema: string, json: string]>> = {
  'messages of many fields, all of them empty': [
    schemaOf('repeated Wide r = 1;', '', wide('int32')),
    textOf('{"r":[', '{}', ']}'),
  ],
  'such messages beside a text that is read in another way': [
    schemaOf('repeated Wide r = 1; string s = 2;', '', wide('int32')),
    textOf('{"s":"0x1","r":[', '{}', ']}'),
  ],
  'messages of many maps without entries': [
    schemaOf('repeated Wide r = 1;', '', wide('map<int32, int32>')),
    textOf('{"r":[', '{}', ']}'),
  ],
  'such messages in an Any': [
    schemaOf(
      'google.protobuf.Any any = 1;',
      'any',
      `message List { repeated Wide r = 1; } ${wide('int32')}`,
    ),
    textOf('{"any":{"@type":"x/List","r":[', '{}', ']}}'),
  ],
  'messages without fields in messages': [
    schemaOf('repeated M r = 1;'),
    textOf('{"r":[', '{"r":[]}', ']}', 2 * TEXT_BYTES - 20),
  ],
  'bytes without any': [schemaOf('repeated bytes r = 1;'), textOf('{"r":[', '""', ']}')],
  'objects in a Value': [VALUE, textOf('{"v":[', '{}', ']}')],
  'numbers with kept digits, each in an array': [
    schemaOf('google.protobuf.Value v = 1; string s = 2;', 'struct'),
    textOf('{"s":"0x1","v":[', '[1.0]', ']}'),
  ],
}

const PAYLOADS: Readonly<Record<string, readonly [schema: string, payload: Buffer]>> = {
  'messages of three fields, all of them empty': [
    schemaOf('repeated N r = 1;', '', 'message N { int32 a = 1; repeated int32 b = 2; N c = 3; }'),
    payloadOf('0a00'),
  ],
  'bytes without any': [schemaOf('repeated bytes r = 1;'), payloadOf('0a00')],
  'values without a kind': [
    schemaOf('repeated google.protobuf.Value r = 1;', 'struct'),
    payloadOf('0a00'),
  ],
  'fields that the schema does not have': [schemaOf('int32 a = 1;'), payloadOf('1000')],
}

describe('a Protobuf value is refused before it fills the heap of its thread:', () => {
  for (const [what, [schema, input]] of Object.entries(VALUES)) {
    test(what, async () => {
      assert.match(await outcomeOf({ type: 'PROTOBUF', schema, input }), REFUSED)
    })
  }
})

describe('a Protobuf payload is refused before it fills the heap of its thread:', () => {
  for (const [what, [schema, input]] of Object.entries(PAYLOADS)) {
    test(what, async () => {
      assert.match(await outcomeOf({ type: 'PROTOBUF', schema, input }), REFUSED)
    })
  }
})

test('a payload of Avro has a text that its thread can hold', async () => {
  const schema = '{"type":"array","items":{"type":"enum","name":"E","symbols":["A_LONG_SYMBOL"]}}'
  // Three million symbols of a byte each.
  const input = Buffer.concat([
    Buffer.from([0x80, 0x9b, 0xee, 0x02]),
    Buffer.alloc(3_000_000),
    Buffer.from([0]),
  ])
  assert.match(
    await outcomeOf({ type: 'AVRO', schema, input }),
    /^refused: A value of more than 41943040 bytes/,
  )
})

test('large values and payloads of usual messages are written and read', async () => {
  const schema = schemaOf('repeated N r = 1;', '', 'message N { int32 a = 1; string b = 2; }')
  const json = textOf('{"r":[', '{"a":1,"b":"a text"}', ']}')
  assert.match(await outcomeOf({ type: 'PROTOBUF', schema, input: json }), /^done/)
  const payload = payloadOf('0a0a0801120661207465787421'.slice(0, 24))
  assert.match(await outcomeOf({ type: 'PROTOBUF', schema, input: payload }), /^done/)
})
