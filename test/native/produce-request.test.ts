/** Produce bodies: ours accepts what JSON.parse accepts, and keeps what the client wrote. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FORMATS, type FormatName, native } from '../../src/kafka/native.ts'
import { newProducer, produce, readFrom, startEmbeddedKafka } from './embedded-kafka.ts'
import { compact, jsonText, mutated, parsed, stringText } from './json-text.ts'

type Outcome = ReturnType<typeof native.parseProduceRequest>
type Records = Exclude<Outcome, [number, string]>

const RUNS = { numRuns: 3000 }

/** How deep JSON may nest, the body, its records and the record among the levels. */
const MAX_DEPTH = 1000
const LEVELS_OF_RECORD = 3

function parse(format: FormatName, body: string | Uint8Array): Outcome {
  return native.parseProduceRequest(FORMATS[format], Buffer.from(body))
}

/** A body of one record with this value. */
function bodyOf(value: string | Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from('{"records":[{"value":'),
    Buffer.from(value),
    Buffer.from('}]}'),
  ])
}

function isRefusal(outcome: Outcome): outcome is [number, string] {
  return typeof outcome[0] === 'number'
}

function recordsOf(outcome: Outcome): Records {
  if (isRefusal(outcome)) assert.fail(outcome.join(': '))
  return outcome as Records
}

function onlyValue(outcome: Outcome): Buffer | null | undefined {
  const records = recordsOf(outcome)
  assert.equal(records.length, 1)
  return records[0]?.value
}

function assertRefused(outcome: Outcome, codes: readonly number[] = [400, 422]): void {
  assert.ok(isRefusal(outcome), `accepted: ${JSON.stringify(outcome)}`)
  const [code, message] = outcome
  assert.ok(codes.includes(code), `code ${code}: ${message}`)
  assert.notEqual(message, '')
}

test('json: a value is stored as the client wrote it, but for white space', () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      assert.ok(parsed(Buffer.from(text)), 'the generator makes JSON')
      const stored = onlyValue(parse('json', bodyOf(text)))?.toString() ?? 'null'
      assert.equal(stored, compact(text))
    }),
    RUNS,
  )
})

test('json: a value that JSON.parse refuses is refused, and no other', () => {
  fc.assert(
    fc.property(mutated(jsonText), (bytes) => {
      const body = bodyOf(bytes)
      const isJson = parsed(bytes) !== undefined
      // Some edits close the record and open another: the body is right then, and the value not.
      fc.pre(isJson || !parsed(body))
      const outcome = parse('json', body)
      if (!isJson) assertRefused(outcome)
      else assert.equal(onlyValue(outcome)?.toString() ?? 'null', compact(bytes.toString()))
    }),
    RUNS,
  )
})

test('json: numbers are not touched, whatever their size', () => {
  for (const text of ['12345678901234567890', '1.10', '1e400', '-0', '-0.0e-0', '9'.repeat(5000)]) {
    assert.equal(onlyValue(parse('json', bodyOf(text)))?.toString(), text)
  }
})

test('json: null is a null value; text in quotes that says null is not', () => {
  assert.equal(onlyValue(parse('json', bodyOf(' null '))), null)
  assert.equal(onlyValue(parse('json', bodyOf('"null"')))?.toString(), '"null"')
})

test('JSON nests up to the limit; beyond it, at any depth, a body is refused', () => {
  const nested = (depth: number, open: string, close: string) =>
    bodyOf(`${open.repeat(depth)}1${close.repeat(depth)}`)
  const most = MAX_DEPTH - LEVELS_OF_RECORD
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    assert.ok(onlyValue(parse('json', nested(most, open, close))))
    for (const depth of [most + 1, 5000, 200_000]) {
      assertRefused(parse('json', nested(depth, open, close)), [400])
    }
  }
})

test('a byte order mark, in front of a body or a value, is no JSON', () => {
  const mark = Buffer.from('\ufeff')
  assertRefused(parse('json', Buffer.concat([mark, bodyOf('1')])), [400])
  assertRefused(parse('json', bodyOf(Buffer.concat([mark, Buffer.from('1')]))), [400])
})

const member = fc.oneof(
  fc.tuple(fc.constantFrom('key', 'value'), jsonText),
  fc.tuple(fc.constant('partition'), fc.constantFrom('0', '7', '"3"', 'null', '-1', '1.5', '""')),
  fc.tuple(fc.constant('timestamp'), fc.constantFrom('1', '1700000000000', 'null', '0', '"1"')),
  fc.tuple(fc.constant('headers'), fc.constantFrom('[]', 'null', '[{"name":"a","value":"QQ=="}]')),
)
const record = fc
  .array(member, { maxLength: 4 })
  .map((members) => `{${members.map(([name, value]) => `"${name}":${value}`)}}`)
const body = fc
  .array(record, { minLength: 1, maxLength: 4 })
  .map((records) => `{"records":[${records}],"key_schema_id":null}`)

test('a body that JSON.parse refuses is refused; of an accepted one, every record is there', () => {
  fc.assert(
    fc.property(fc.oneof(mutated(body), body.map(Buffer.from)), (bytes) => {
      const outcome = parse('json', bytes)
      const json = parsed(bytes) as { value: { records: unknown[] } } | undefined
      if (!json) assertRefused(outcome)
      else if (isRefusal(outcome)) assertRefused(outcome)
      else assert.equal(recordsOf(outcome).length, json.value.records.length)
    }),
    RUNS,
  )
})

test('of a key or a value that occurs twice the last one counts', () => {
  fc.assert(
    fc.property(jsonText, jsonText, (first, second) => {
      const [only] = recordsOf(
        parse('json', `{"records":[{"key":${first},"value":1,"key":${second}}]}`),
      )
      assert.equal(only?.key?.toString() ?? 'null', compact(second))
    }),
  )
})

test('arbitrary bytes are refused in any format, and nothing else happens', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<FormatName>('binary', 'json', 'string'),
      fc.uint8Array({ maxLength: 300 }),
      (format, bytes) => {
        fc.pre(!parsed(bytes))
        assertRefused(parse(format, bytes))
      },
    ),
    RUNS,
  )
})

const base64Character = fc.constantFrom(
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
)

/** A JSON string of this text, each of whose characters may be escaped. */
function spelled(text: string): fc.Arbitrary<string> {
  return fc.infiniteStream(fc.nat(9)).map((choices) => {
    const characters = [...text].map((character) => {
      const { value: choice } = choices.next()
      if (choice > 0) return character === '/' && choice === 1 ? '\\/' : character
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    })
    return `"${characters.join('')}"`
  })
}

test('binary: bytes are those that Buffer.from decodes, with and without padding', () => {
  const source = fc
    .uint8Array({ maxLength: 200 })
    .chain((bytes) => {
      const padded = Buffer.from(bytes).toString('base64')
      return fc.constantFrom(padded, padded.replaceAll('=', ''), `${padded}==`)
    })
    .chain((text) => fc.tuple(fc.constant(text), fc.oneof(fc.constant(`"${text}"`), spelled(text))))
  fc.assert(
    fc.property(source, ([text, json]) => {
      assert.deepEqual(onlyValue(parse('binary', bodyOf(json))), Buffer.from(text, 'base64'))
    }),
    RUNS,
  )
})

test('binary: bits behind the last byte do not matter', () => {
  const source = fc
    .array(base64Character, { maxLength: 100 })
    .map((all) => all.join(''))
    .filter((text) => text.length % 4 !== 1)
  fc.assert(
    fc.property(source, (text) => {
      assert.deepEqual(onlyValue(parse('binary', bodyOf(`"${text}"`))), Buffer.from(text, 'base64'))
    }),
    RUNS,
  )
})

test('binary: a character of another alphabet, white space or a lone character is refused', () => {
  const alien = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 1 })
    .filter((character) => !/[A-Za-z0-9+/=]/.test(character))
  fc.assert(
    fc.property(
      fc.array(base64Character, { maxLength: 80 }),
      fc.oneof(alien, fc.constantFrom('-', '_', ' ', '\n', '\0')),
      fc.nat(),
      (characters, bad, at) => {
        const place = at % (characters.length + 1)
        const text = [...characters.slice(0, place), bad, ...characters.slice(place)].join('')
        assertRefused(parse('binary', bodyOf(JSON.stringify(text))), [400])
      },
    ),
    RUNS,
  )
  for (const text of ['A', 'AAAAA', 'A===', '=A', 'AA=A']) {
    assertRefused(parse('binary', bodyOf(`"${text}"`)), [400])
  }
})

test('string: stored is the text itself; half of a surrogate pair has no bytes and is refused', () => {
  fc.assert(
    fc.property(stringText, (json) => {
      const text: string = JSON.parse(json)
      const outcome = parse('string', bodyOf(json))
      if (/\p{Surrogate}/u.test(text)) assertRefused(outcome, [400])
      else assert.equal(onlyValue(outcome)?.toString(), text)
    }),
    RUNS,
  )
})

test('what was parsed is what Kafka has: read back as bytes', { timeout: 60_000 }, async () => {
  const bootstrapServers = startEmbeddedKafka()
  const producer = newProducer(bootstrapServers)
  const texts = fc.sample(jsonText, 300).map((text) => (text.trim() === '' ? '1' : text))
  const bytes = fc.sample(fc.uint8Array({ maxLength: 100 }), 300).map((each) => Buffer.from(each))
  const json = Buffer.from(`{"records":[${texts.map((text) => `{"value":${text}}`)}]}`)
  const { failed } = await producer.produce('texts', 0, 'json', json)
  assert.equal(failed, 0)
  await produce(
    producer,
    'bytes',
    'binary',
    bytes.map((each) => ({ key: each.toString('base64'), value: each.toString('base64') })),
  )
  await producer.close(5000)

  const stored = async (topic: string) => {
    const records = await readFrom(bootstrapServers, { topic, format: 'binary', count: 300 })
    return records.map(({ value }) =>
      value === null ? null : Buffer.from(String(value), 'base64'),
    )
  }
  assert.deepEqual(
    (await stored('texts')).map((each) => each?.toString() ?? 'null'),
    texts.map(compact),
  )
  assert.deepEqual(await stored('bytes'), bytes)
})
