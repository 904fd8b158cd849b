/** JSON bodies in UTF-8, UTF-16 and UTF-32, with a byte order mark and without (docs/conformance.md#4). */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { JSON_V2 } from '../../media-types.ts'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const MAX_BODY_BYTES = 700_000
/** Holds such a body in UTF-16, and not its text in UTF-8 besides when that is longer. */
const MAX_INFLIGHT_BYTES = 1_200_000

const { rest, witness, newTopic } = await setTheStage({
  'sluice.request.max.bytes': MAX_BODY_BYTES,
  'sluice.produce.inflight.max.bytes': MAX_INFLIGHT_BYTES,
})

type Encoder = (text: string) => Buffer

const utf16le: Encoder = (text) => Buffer.from(text, 'utf16le')
const utf32le: Encoder = (text) => {
  const bytes = Buffer.alloc(4 * [...text].length)
  ;[...text].forEach((character, index) => {
    bytes.writeUInt32LE(character.codePointAt(0) ?? 0, 4 * index)
  })
  return bytes
}

const ENCODERS: Record<string, Encoder> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-16LE': utf16le,
  'UTF-16BE': (text) => utf16le(text).swap16(),
  'UTF-32LE': utf32le,
  'UTF-32BE': (text) => utf32le(text).swap32(),
}

const JSON_BODY = { 'content-type': JSON_V2 }
/** A character of each length in UTF-8, and white space at both ends. */
const VALUE = { text: 'aé€😀', empty: '' }

for (const [name, encode] of Object.entries(ENCODERS)) {
  for (const mark of ['', '\ufeff']) {
    const shown = `${name} ${mark === '' ? 'without' : 'with'} a mark`
    describe(shown, { concurrency: true }, () => {
      test('is taken for records', async () => {
        const topic = await newTopic()
        const body = ` {"records":[{"key":"k","value":${JSON.stringify(VALUE)}}]}\n`
        const { status, text } = await rest.post(`/topics/${topic}`, encode(mark + body), JSON_BODY)
        assert.equal(status, 200, text)
        const [record] = await witness.consumeAll(topic)
        assert.equal(String(record?.value), JSON.stringify(VALUE))
        assert.equal(String(record?.key), '"k"')
      })

      test('is taken for many records', async () => {
        const topic = await newTopic()
        const body = { records: Array.from({ length: 2000 }, () => ({ value: 'é' })) }
        const bytes = encode(mark + JSON.stringify(body))
        const { status, text } = await rest.post(`/topics/${topic}`, bytes, JSON_BODY)
        assert.equal(status, 200, text)
        assert.equal((await witness.watermarks(topic))[0]?.high, 2000)
      })

      test('is taken for other bodies', async () => {
        const name = `${uniqueName('name')}-é€😀`
        const body = encode(mark + JSON.stringify({ name }))
        const { status, body: answer } = await rest.post(`/consumers/${uniqueName('g')}`, body)
        assert.deepEqual([status, answer.instance_id], [200, name])
      })
    })
  }
}

describe('a malformed text', { concurrency: true }, () => {
  const rows: [what: string, bytes: Buffer][] = [
    ['half a character at the end', utf16le('{}').subarray(0, 3)],
    ['half of a surrogate pair', utf16le('{"records":[{"value":"\ud800"}]}')],
    ['no code point', Buffer.from('0000007b00110000', 'hex')],
    ['half a character of UTF-32', Buffer.from('0000007b0000', 'hex')],
    ['UTF-8 behind the mark of UTF-16', Buffer.from('\xff\xfe{} ', 'latin1')],
  ]
  for (const [what, bytes] of rows) {
    test(`(${what}) is 400, and nothing is written`, async () => {
      const topic = await newTopic()
      for (const path of [`/topics/${topic}`, `/consumers/${uniqueName('g')}`]) {
        const { status, body } = await rest.post(path, bytes, JSON_BODY)
        assert.deepEqual([status, body.error_code], [400, 400])
      }
      assert.equal((await witness.watermarks(topic))[0]?.high, 0)
    })
  }
})

test('a text whose conversion has no room is 413', async () => {
  const topic = await newTopic()
  const text = (character: string) => `{"records":[{"value":"${character.repeat(300_000)}"}]}`
  const { status, body } = await rest.post(`/topics/${topic}`, utf16le(text('€')), JSON_BODY)
  assert.deepEqual([status, body.error_code], [413, 413])
  assert.match(body.message, /to become UTF-8, above sluice\.produce\.inflight\.max\.bytes=1200000/)
  // The memory of the refused body is given back after its answer.
  let fitting = await rest.post(`/topics/${topic}`, utf16le(text('a')), JSON_BODY)
  await until('room for a body', async () => {
    if (fitting.status !== 429) return true
    fitting = await rest.post(`/topics/${topic}`, utf16le(text('a')), JSON_BODY)
    return false
  })
  assert.equal(fitting.status, 200, fitting.text)
})
