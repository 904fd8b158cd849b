/** Which texts are Avro schemas, beyond what the golden vectors say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileAvro } from '../../../src/serde/avro/codec.ts'
import { codecOf, recordOf } from './avro-codec.ts'

function assertRefused(schema: unknown, message: string | RegExp, ...references: unknown[]): void {
  const expected = { name: 'InvalidSchemaError', message }
  assert.throws(() => codecOf(schema, ...references), expected)
}

test('references are known by their full names, and by others in their namespace', () => {
  const status = { type: 'enum', name: 'shop.Status', symbols: ['NEW'] }
  const item = { ...(recordOf('Status', 'Item') as object), namespace: 'shop' }
  const codec = codecOf(recordOf(['null', 'shop.Item', 'shop.Status'], 'Order'), status, item)
  const json = '{"x":{"shop.Item":{"x":"NEW"}}}'
  assert.equal(codec.decode(codec.encode(json)), json)
  assertRefused(recordOf('Status', 'Order'), 'Undefined name: "Status"', status)
})

test('the root may be a reference', () => {
  const codec = codecOf('shop.R', recordOf('int', 'shop.R'))
  assert.equal(codec.recordName, 'shop.R')
  assert.equal(codec.decode(codec.encode('{"x":1}')), '{"x":1}')
})

test('a schema does not know the types of another', () => {
  codecOf(recordOf('int', 'shop.R'))
  assertRefused('shop.R', 'Undefined name: "shop.R"')
})

test('a reference that is no schema is refused', () => {
  assertRefused('int', /^Undefined name/, recordOf('Nobody'))
})

test('a type is defined once, or always the same', () => {
  assertRefused(recordOf('int'), "Can't redefine: R", recordOf('string'))
  const status = { type: 'enum', name: 'Status', symbols: ['NEW'] }
  const fields = ['a', 'b'].map((name) => ({ name, type: status }))
  const codec = codecOf({ type: 'record', name: 'R', fields }, status)
  assert.equal(codec.encode('{"a":"NEW","b":"NEW"}').toString('hex'), '0000')
})

test('messages have the names of the schema', () => {
  const fixed = { type: 'fixed', name: 'a.F', size: -1 }
  assertRefused(fixed, 'invalid a.F size')
  assertRefused(recordOf([recordOf('int', 'a.I'), 'a.I']), 'duplicate union branch name: "a.I"')
})

test('names may have all letters', () => {
  const codec = codecOf(recordOf(['null', recordOf('int', 'länder.Größe')], '订单'))
  const json = '{"x":{"länder.Größe":{"x":1}}}'
  assert.equal(codec.decode(codec.encode(json)), json)
  assert.equal(codec.recordName, '订单')
})

test('a name may be that of a primitive type, in a namespace', () => {
  const codec = codecOf(recordOf(['null', 'int', recordOf('int', 'a.int')]))
  const json = '{"x":{"a.int":{"x":1}}}'
  assert.equal(codec.decode(codec.encode(json)), json)
})

test('a text that is no JSON is refused', () => {
  for (const text of ['', 'int', '{', '"int" "int"']) {
    const compile = () => compileAvro({ type: 'AVRO', text, references: [] })
    assert.throws(compile, { name: 'InvalidSchemaError' })
  }
})

test('types that JavaScript objects have by nature are unknown', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    assertRefused(name, `Undefined name: "${name}"`)
    assertRefused({ type: name }, `Undefined name: "${name}"`)
    assertRefused(recordOf(name), `Undefined name: "${name}"`)
  }
})

test('named types may be called as what JavaScript objects have by nature', () => {
  for (const name of ['constructor', 'toString', 'valueOf', 'hasOwnProperty']) {
    const codec = codecOf(recordOf(['null', recordOf('int', name)], 'Outer'))
    const json = `{"x":{"${name}":{"x":1}}}`
    assert.equal(codec.decode(codec.encode(json)), json)
  }
})

test('a schema that is nested too deeply is refused', () => {
  const text = `${'{"type":"array","items":'.repeat(100_000)}"int"${'}'.repeat(100_000)}`
  const compile = () => compileAvro({ type: 'AVRO', text, references: [] })
  assert.throws(compile, { name: 'InvalidSchemaError', message: 'Nested too deeply.' })
})

test('types that stand at many places are understood once', () => {
  const count = 5000
  const symbols = Array.from({ length: count }, (_, index) => `s${index}`)
  const fields = (first: unknown, others: unknown) =>
    symbols.map((name, index) => ({ name, type: index === 0 ? first : others }))
  // Each place on its own would take gigabytes, and minutes.
  const ofEnums = fields({ type: 'enum', name: 'E', symbols }, 'E')
  const codec = codecOf({ type: 'record', name: 'R', fields: ofEnums })
  assert.throws(() => codec.encode('{"s0":"s7"}'), { message: /the field s1 is missing/ })
  codecOf({ type: 'record', name: 'R', fields: fields(['null', 'R'], ['null', 'R']) })
})

test('defaults that need each other are checked in reasonable time', () => {
  codecOf({ type: 'record', name: 'R', fields: [{ name: 'x', type: 'R', default: {} }] })
  const two = (type: unknown) => ['a', 'b'].map((name) => ({ name, type, default: {} }))
  const levels = Array.from({ length: 50 }, (_, level) => ({
    type: 'record',
    name: `R${level + 1}`,
    fields: two(`R${level}`),
  }))
  codecOf('R50', { type: 'record', name: 'R0', fields: [] }, ...levels)
})

test('defaults that may be of too many types are refused', () => {
  const names = Array.from({ length: 10 }, (_, index) => `R${index}`)
  const first = { type: 'record', name: 'R0', fields: [{ name: 'x', type: ['int', 'R0'] }] }
  const record = (name: string, type: unknown) => ({
    type: 'record',
    name,
    fields: [{ name: 'x', type }],
  })
  const others = names.slice(1).map((name) => record(name, ['int', 'Node']))
  const node = record('Node', ['int', ...others])
  const fallback = JSON.parse(`${'{"x":'.repeat(40)}"wrong"${'}'.repeat(40)}`)
  const root = {
    type: 'record',
    name: 'Root',
    fields: [{ name: 'x', type: 'Node', default: fallback }],
  }
  assertRefused(
    root,
    'The defaults are too complicated: they need more than 1000000 comparisons.',
    first,
    node,
  )
})

test('what is no code in a schema does not become code', () => {
  const names = ['a); process.exit(1); (', "'", '`', '\\', '\n', 'a.b']
  for (const name of names) {
    assertRefused(
      { type: 'record', name: 'R', fields: [{ name, type: 'int' }] },
      /^Illegal field name/,
    )
    assertRefused({ type: 'enum', name: 'E', symbols: [name] }, /^Illegal symbol name/)
  }
  assertRefused({ type: 'record', name: "a'].b", fields: [] }, /^Illegal namespace name/)
})

test('docs, orders and unknown attributes mean nothing', () => {
  const field = { name: 'x', type: 'int', doc: 'x', order: 'ignore', 'avro.java.string': 'String' }
  codecOf({ type: 'record', name: 'R', doc: 5, fields: [field], 'connect.name': 'x' })
  codecOf({ type: 'string', 'avro.java.string': 'String' })
})

test('names with a long namespace count with it, since each nested type inherits it', () => {
  const typesIn = (namespace: string) => ({
    type: 'record',
    name: 'Outer',
    namespace,
    fields: Array.from({ length: 5000 }, (_, index) => ({
      name: `f${index}`,
      type: { type: 'fixed', name: `F${index}`, size: 1 },
    })),
  })
  codecOf(typesIn('com.example.a.namespace.of.usual.length'))
  assertRefused(
    typesIn(`a${'.a'.repeat(5000)}`),
    'The names with their namespaces have more than 20000000 characters: shorten the namespaces.',
  )
})

test('thousands of types are parsed, in any arrangement', () => {
  const list = <T>(length: number, make: (index: number) => T) =>
    Array.from({ length }, (_, index) => make(index))
  const record = (name: string, fields: object[]) => ({ type: 'record', name, fields })
  const records = list(3000, (index) => record(`R${index}`, [{ name: 'a', type: 'int' }]))
  const fields = records.map((type, index) => ({ name: `f${index}`, type }))
  const values = Object.fromEntries(list(3000, (index) => [`f${index}`, { a: index }]))
  assert.equal(
    codecOf(record('All', fields)).decode(
      codecOf(record('All', fields)).encode(JSON.stringify(values)),
    ),
    JSON.stringify(values),
  )
  assert.equal(codecOf(records).encode('{"R2999":{"a":1}}').toString('hex'), 'ee2e02')
  const symbols = list(20_000, (index) => `S${index}`)
  assert.equal(codecOf({ type: 'enum', name: 'E', symbols }).encode('"S19999"').length, 3)
})
