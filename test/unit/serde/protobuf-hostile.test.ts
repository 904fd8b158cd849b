/** Schemas, values and payloads that are made to hang or to crash whoever reads them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Codec, InvalidSchemaError, PayloadError } from '../../../src/serde/codec.ts'
import { compileProtobuf } from '../../../src/serde/protobuf.ts'

function compile(text: string): Codec {
  return compileProtobuf({ type: 'PROTOBUF', text, references: [] })
}

/** Generous, for machines that do other things: without bounds it would be hours, or a crash. */
const BOUND_MS = 20_000

function within(work: () => void): void {
  const started = performance.now()
  work()
  const took = performance.now() - started
  assert.ok(took < BOUND_MS, `took ${took} ms`)
}

const recursive = compile(`syntax = "proto3"; import "google/protobuf/struct.proto";
  message M { M m = 1; int32 i = 2; google.protobuf.Value v = 3; map<string, M> map = 4; }`)

function nested(depth: number): Buffer {
  let bytes = Buffer.alloc(0)
  for (let level = 0; level < depth; level++) {
    const length: number[] = []
    for (let rest = bytes.length; ; rest >>>= 7) {
      length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
      if (rest <= 0x7f) break
    }
    bytes = Buffer.concat([Buffer.from([0x0a, ...length]), bytes])
  }
  return Buffer.concat([Buffer.from([0]), bytes])
}

test('values and payloads that are nested deeply are refused', () => {
  within(() => {
    recursive.decode(nested(90))
    for (const depth of [150, 2000]) {
      assert.throws(() => recursive.decode(nested(depth)), PayloadError)
    }
    for (const depth of [150, 900, 50_000]) {
      const message = `${'{"m":'.repeat(depth)}{}${'}'.repeat(depth)}`
      assert.throws(() => recursive.encode(message), PayloadError)
      const value = `{"v":${'['.repeat(depth)}${']'.repeat(depth)}}`
      assert.throws(() => recursive.encode(value), PayloadError)
    }
  })
})

test('groups that are nested deeply are refused', () => {
  const open = Buffer.concat([Buffer.from([0]), Buffer.alloc(100_000, 0xfb)])
  within(() => assert.throws(() => recursive.decode(open), PayloadError))
  const groups = Buffer.concat([Buffer.from([0]), Buffer.alloc(100_000, 0x7b)])
  within(() => assert.throws(() => recursive.decode(groups), PayloadError))
})

test('a length beyond the payload allocates nothing', () => {
  for (const hex of ['000affffffff07', '00120affffffffffffffffff01', '0022ffffffff0f']) {
    assert.throws(() => recursive.decode(Buffer.from(hex, 'hex')), PayloadError)
  }
})

test('many indexes in front of a payload cost no more than the payload is long', () => {
  const indexes = Buffer.concat([Buffer.from('feffffff0f', 'hex'), Buffer.alloc(1_000_000)])
  within(() => assert.throws(() => recursive.decode(indexes), PayloadError))
})

test('schemas that are nested deeply, or large, end', () => {
  const deep = (depth: number) =>
    `syntax = "proto3"; ${'message M { '.repeat(depth)}${'}'.repeat(depth)}`
  within(() => {
    compile(deep(30))
    assert.throws(() => compile(deep(100_000)), InvalidSchemaError)
    const options = `[(a) = ${'{ a: '.repeat(50_000)}`
    assert.throws(() => compile(`message M { optional int32 a = 1 ${options}`), InvalidSchemaError)
    const fields = Array.from({ length: 1500 }, (_, index) => `int32 f${index} = ${index + 1};`)
    const large = compile(`syntax = "proto3"; message M { ${fields.join(' ')} }`)
    assert.equal(large.encode('{"f1499":1}').length, 4)
  })
})

test('texts that a parser may stumble over end', () => {
  within(() => {
    for (const text of [
      '/*'.repeat(100_000),
      '//'.repeat(100_000),
      '"'.repeat(100_001),
      `"${'\\'.repeat(100_001)}`,
      `message ${'a'.repeat(100_000)}`,
      `package ${'a.'.repeat(50_000)}`,
      `import "${'x'.repeat(100_000)}";`,
      '{'.repeat(100_000),
      ' '.repeat(1_000_000),
      `message M { optional int32 x = ${'9'.repeat(100_000)}; }`,
      `message M { reserved ${'1,'.repeat(50_000)}`,
      `option a = ${'"x" '.repeat(50_000)}`,
      `message M { optional ${'a.'.repeat(50_000)}`,
    ]) {
      assert.throws(() => compile(text), InvalidSchemaError, text.slice(0, 40))
    }
  })
})

test('names that JavaScript gives to every object are names like others', () => {
  const codec = compile(`syntax = "proto3";
    message constructor {
      string toString = 1; hasOwnProperty prototype = 2; map<string, int32> valueOf = 3;
      oneof length { int32 name = 4; int32 call = 5; }
    }
    message hasOwnProperty { int32 constructor = 1; }`)
  const json = '{"toString":"x","prototype":{"constructor":5},"valueOf":{"constructor":1},"name":4}'
  assert.equal(codec.decode(codec.encode(json)), json)
  const proto = '{"valueOf":{"__proto__":1}}'
  assert.deepEqual(Object.keys(JSON.parse(codec.decode(codec.encode(proto))).valueOf), [
    '__proto__',
  ])
})
