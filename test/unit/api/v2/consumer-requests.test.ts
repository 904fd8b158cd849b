/** The rules for requests that create and subscribe consumer instances. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkTopics, instanceOf } from '../../../../src/api/v2/consumer-requests.ts'
import { RestError } from '../../../../src/errors.ts'

type Body = Parameters<typeof instanceOf>[1]

function assertRefused(work: () => unknown, code: number, message: RegExp): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof RestError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  })
}

function assertBodyRefused(body: Body, code: number, message: RegExp): void {
  assertRefused(() => instanceOf('g', body, false), code, message)
}

test('values at their bounds are accepted', () => {
  for (const fetchMinBytes of [-1, 10_000_000]) {
    const body = { 'fetch.min.bytes': fetchMinBytes }
    assert.equal(instanceOf('g', body, false).fetchMinBytes, fetchMinBytes)
  }
  assert.ok(instanceOf('g'.repeat(32_767), {}, false))
  for (const isolationLevel of ['read_committed', 'read_uncommitted']) {
    const body = { 'isolation.level': isolationLevel }
    assert.equal(instanceOf('g', body, false).isolationLevel, isolationLevel)
  }
})

test('values that the request does not have are absent', () => {
  const { format, ...others } = instanceOf('g', {}, false)
  assert.equal(format, 'binary')
  assert.deepEqual(new Set(Object.values(others)), new Set([undefined]))
})

test('a group or an instance whose name a URL loses is refused', () => {
  for (const name of ['.', '..']) {
    assertRefused(() => instanceOf(name, {}, false), 42204, /which clients leave out of URLs/)
    assertBodyRefused({ name }, 422, /choose another one/)
  }
  assert.equal(instanceOf('...', { name: '...' }, false).name, '...')
})

test('an unknown isolation level is refused', () => {
  assertBodyRefused({ 'isolation.level': 'serializable' }, 42204, /isolation\.level is serial/)
})

test('a format is found by its name in any case', () => {
  for (const [name, format] of Object.entries({
    binary: 'binary',
    JSON: 'json',
    String: 'string',
  })) {
    assert.equal(instanceOf('g', { format: name }, false).format, format)
  }
})

test('a format with schemas is refused when no registry is configured', () => {
  for (const format of ['avro', 'jsonschema', 'Protobuf']) {
    assertBodyRefused({ format }, 42204, /needs a schema registry/)
    assert.equal(instanceOf('g', { format }, true).format, 'schema')
  }
})

test('an unknown format is refused', () => {
  for (const format of ['xml', '', 'schema', 'json_schema', 'constructor', '__proto__']) {
    assertBodyRefused({ format }, 422, /^Invalid format type\.$/)
  }
})

test('fetch.min.bytes has bounds', () => {
  for (const fetchMinBytes of [-2, 10_000_001]) {
    const body = { 'fetch.min.bytes': fetchMinBytes }
    assertBodyRefused(body, 40001, /fetch\.min\.bytes is -?\d+; it must be/)
  }
})

test('a group has a name that Kafka accepts', () => {
  for (const group of ['', ' ', '\t\n\v\f\r']) {
    assertRefused(() => instanceOf(group, {}, false), 42204, /group\.id is blank/)
  }
  for (const space of ' \t\n\v\f\r') {
    const message = /group\.id begins with white space/
    assertRefused(() => instanceOf(`${space}g `, {}, false), 42204, message)
  }
  const long = 'é'.repeat(16_384)
  const message = /group\.id has 32768 bytes; it may have 32767/
  assertRefused(() => instanceOf(long, {}, false), 42204, message)
})

test('an unknown reset is refused, and the message lists the known ones', () => {
  const message = /auto\.offset\.reset is newest; .*earliest/
  assertBodyRefused({ 'auto.offset.reset': 'newest' }, 42204, message)
  assert.equal(instanceOf('g', { 'auto.offset.reset': 'NONE' }, false).autoOffsetReset, 'NONE')
})

test('a topic has a name, and is not a pattern of librdkafka', () => {
  for (const topic of ['', ' ', '^a']) {
    assertRefused(() => checkTopics(['t', topic]), 422, /^\/topics\/1 must be/)
  }
  checkTopics(['t', 'a^'])
})
