/** Frames, in pieces of any size. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Frame, FrameReader } from '../../../src/serde/records/frames.ts'
import { arrayOf, type FramedRecord, frameOf } from './frame-writer.ts'

/** What is left of a frame when its piece is gone. */
function recordOf(frame: Frame): FramedRecord {
  const { topic, partition, offset, key, value } = frame
  const copy = (bytes: Buffer | undefined) => bytes && Buffer.from(bytes)
  return { topic, partition, offset, key: copy(key), value: copy(value) }
}

/** The records of pieces, each of which is overwritten when the next one comes. */
function read(pieces: readonly Buffer[]): FramedRecord[] {
  const reader = new FrameReader()
  const records: FramedRecord[] = []
  for (const piece of pieces) {
    reader.add(piece)
    for (let frame = reader.peek(); frame; frame = reader.peek()) {
      assert.equal(reader.peek(), frame, 'the same until it is taken')
      records.push(recordOf(frame))
      reader.take()
    }
    piece.fill('?')
  }
  return records
}

const record = fc.record(
  {
    topic: fc.constantFrom('t', 'orders', 'a'.repeat(76)),
    partition: fc.nat(),
    offset: fc.nat(),
    key: fc.option(bytes(), { nil: undefined }),
    value: fc.option(bytes(), { nil: undefined }),
  },
  { noNullPrototype: true },
)

/** Line feeds, brackets and commas among them. */
function bytes() {
  return fc
    .array(fc.constantFrom(0, 0x0a, 0x2c, 0x5b, 0x5d, 0xff), { maxLength: 60 })
    .map(Buffer.from)
}

test('an array of no frames has none', () => {
  assert.deepEqual(read([Buffer.from('[]')]), [])
  assert.deepEqual(read([Buffer.alloc(0)]), [])
})

test('frames of one piece are read one after the other', () => {
  fc.assert(
    fc.property(fc.array(record), (records) => {
      assert.deepEqual(read([arrayOf(records)]), records)
    }),
  )
})

test('frames are whole whatever pieces they come in', () => {
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 40 }),
      (records, size) => {
        // As the engine does it: a frame that is larger than a piece begins with one.
        const pieces = records.flatMap((each, index) => {
          const frame = Buffer.concat([Buffer.from(index === 0 ? '[' : ','), frameOf(each)])
          const head = frame.subarray(0, 30)
          const rest = Array.from({ length: Math.ceil((frame.length - 30) / size) }, (_, at) =>
            frame.subarray(30 + at * size, 30 + (at + 1) * size),
          )
          return [head, ...rest]
        })
        assert.deepEqual(
          read([...pieces.map((each) => Buffer.from(each)), Buffer.from(']')]),
          records,
        )
      },
    ),
  )
})

test('other frames may follow in the last piece of a large one', () => {
  const large = { topic: 't', partition: 0, offset: 1, key: undefined, value: Buffer.alloc(99, 10) }
  const small = { ...large, offset: 2, value: Buffer.from('v') }
  const bytes = arrayOf([large, small, small])
  const pieces = [bytes.subarray(0, 50), bytes.subarray(50)].map((each) => Buffer.from(each))
  assert.deepEqual(read(pieces), [large, small, small])
})

test('what is around key and value is JSON', () => {
  const reader = new FrameReader()
  reader.add(arrayOf([{ topic: 't', partition: 3, offset: 7, key: undefined, value: undefined }]))
  const frame = reader.peek()
  assert.equal(
    `${frame?.begin}null,"value":null${frame?.rest}`,
    '{"topic":"t","key":null,"value":null,"partition":3,"offset":7}',
  )
})
