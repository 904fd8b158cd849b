/** Frames of a read, and the response that is made of them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { RestError } from '../../../src/errors.ts'
import { Busy } from '../../../src/serde/limits/busy.ts'
import { DeadlineError } from '../../../src/serde/limits/deadline.ts'
import { Turns } from '../../../src/serde/limits/turns.ts'
import {
  type NextOffset,
  RecordDecoder,
  type ResponseLimits,
} from '../../../src/serde/records/record-decoder.ts'
import { type RecordSink, RecordStream } from '../../../src/serde/records/record-stream.ts'
import { until } from '../../integration/until.ts'
import { codecsOf, FakeRegistry, inKafka } from './fake-schemas.ts'
import { arrayOf, type FramedRecord, frameOf } from './frame-writer.ts'

/** A client that takes pieces when it is told to. */
class FakeClient implements RecordSink {
  text = ''
  isWhole = false
  error: RestError | undefined
  takesAtOnce = true
  #taken: (() => void) | undefined

  send(bytes: Uint8Array, taken: () => void): void {
    assert.equal(this.isWhole, false)
    this.#add(bytes, taken)
  }

  finish(bytes: Uint8Array, taken: () => void): void {
    this.#add(bytes, taken)
    this.isWhole = true
  }

  fail(error: RestError): void {
    this.error = error
  }

  take(): void {
    const taken = this.#taken
    this.#taken = undefined
    taken?.()
  }

  #add(bytes: Uint8Array, taken: () => void): void {
    assert.equal(this.#taken, undefined, 'a piece before the last one was taken')
    this.text += Buffer.from(bytes)
    this.#taken = taken
    if (this.takesAtOnce) this.take()
  }
}

const UNLIMITED: ResponseLimits = { maxBytes: 64 * 1024 * 1024, returnsOversized: false }

/** A read, its response and its client. */
class Setting {
  readonly registry = new FakeRegistry()
  readonly any = this.registry.add('any')
  readonly client = new FakeClient()
  readonly stream: RecordStream
  /** Of pieces, in their order. */
  readonly taken: number[] = []
  endedAt: readonly NextOffset[] | undefined
  defect: unknown
  #pieces = 0

  constructor(limits: Partial<ResponseLimits> = {}, registryMs = 10_000) {
    const codecs = codecsOf(this.registry)
    const decoder = new RecordDecoder(codecs, { ...UNLIMITED, ...limits }, registryMs, {
      busy: new Busy(),
      job: 1,
    })
    this.stream = new RecordStream(this.client, decoder, new Turns(new Busy()), (error) => {
      this.defect = error
    })
    this.stream.source = {
      endAt: (next) => {
        this.endedAt = next
      },
    }
  }

  send(piece: Buffer): void {
    const index = this.#pieces++
    this.stream.send(piece, () => this.taken.push(index))
  }

  finish(piece: Buffer): void {
    const index = this.#pieces++
    this.stream.finish(piece, () => this.taken.push(index))
  }

  /** A record of partition 0, or another, whose value is this JSON. */
  record(offset: number, json: string, partition = 0, id = this.any): FramedRecord {
    return { topic: 't', partition, offset, key: undefined, value: inKafka(id, json) }
  }

  /** A record that cannot be decoded. */
  bad(offset: number, partition = 0): FramedRecord {
    return { ...this.record(offset, ''), partition, value: Buffer.from('bad') }
  }

  get values(): unknown[] {
    return JSON.parse(this.client.text).map(({ value }: { value: unknown }) => value)
  }

  /** Lets everything happen that can. */
  async settle(): Promise<void> {
    for (let i = 0; i < 50; i++) await nextTurn()
  }
}

test('records stand as JSON where their frames stood', async () => {
  const setting = new Setting()
  const key = inKafka(setting.any, '{"k":1}')
  setting.finish(arrayOf([{ ...setting.record(7, '[1.0]', 3), key }, setting.record(8, '"é"')]))
  await setting.settle()
  assert.equal(
    setting.client.text,
    '[{"topic":"t","key":{"k":1},"value":[1.0],"partition":3,"offset":7},' +
      '{"topic":"t","key":null,"value":"é","partition":0,"offset":8}]',
  )
  assert.deepEqual([setting.client.isWhole, setting.taken], [true, [0]])
})

test('a read without records is an empty array', async () => {
  const setting = new Setting()
  setting.finish(Buffer.from('[]'))
  await setting.settle()
  assert.deepEqual([setting.client.text, setting.client.isWhole], ['[]', true])
})

test('pieces are sent as they come, and the end may have no record', async () => {
  const setting = new Setting()
  const frames = arrayOf([setting.record(0, '1'), setting.record(1, '2')])
  setting.send(frames.subarray(0, -1))
  await setting.settle()
  assert.match(setting.client.text, /"offset":1}$/)
  assert.deepEqual(setting.taken, [0])
  setting.finish(Buffer.from(']'))
  await setting.settle()
  assert.deepEqual(setting.values, [1, 2])
  assert.deepEqual(setting.taken, [0, 1])
})

test('a piece is given back when the client has taken what was made of it', async () => {
  const setting = new Setting()
  setting.client.takesAtOnce = false
  setting.send(Buffer.concat([Buffer.from('['), frameOf(setting.record(0, '1'))]))
  setting.finish(
    Buffer.concat([Buffer.from(','), frameOf(setting.record(1, '2')), Buffer.from(']')]),
  )
  await setting.settle()
  assert.deepEqual(setting.taken, [])
  setting.client.take()
  await setting.settle()
  assert.deepEqual(setting.taken, [0])
  setting.client.take()
  assert.deepEqual(setting.taken, [0, 1])
  assert.deepEqual(setting.values, [1, 2])
})

test('much JSON is sent in parts', async () => {
  const setting = new Setting()
  setting.client.takesAtOnce = false
  const values = Array.from({ length: 30 }, (_, at) => `${at}`.repeat(10_000))
  setting.finish(arrayOf(values.map((value, at) => setting.record(at, JSON.stringify(value)))))
  let parts = 0
  for (; !setting.client.isWhole; parts++) {
    await setting.settle()
    setting.client.take()
  }
  assert.ok(parts >= 4, `${parts} parts`)
  assert.deepEqual(setting.values, values)
})

test('a schema that is not there is awaited, and asked for once', async () => {
  const setting = new Setting()
  let answer = () => {}
  setting.registry.pauses.set(
    setting.any,
    new Promise((resolve) => {
      answer = resolve
    }),
  )
  setting.finish(arrayOf([setting.record(0, '1'), setting.record(1, '2')]))
  await setting.settle()
  assert.equal(setting.client.text, '')
  answer()
  await setting.settle()
  assert.deepEqual(setting.values, [1, 2])
  assert.deepEqual(setting.registry.asked, [setting.any])
})

test('a schema that is too large to be kept is asked for once a response', async () => {
  const setting = new Setting()
  const id = setting.registry.add(`any ${'x'.repeat(9_000_000)}`)
  setting.finish(arrayOf([0, 1, 2].map((at) => setting.record(at, String(at), 0, id))))
  await setting.settle()
  assert.deepEqual(setting.values, [0, 1, 2])
  assert.deepEqual(setting.registry.asked, [id])
})

test('a bad record that is the first is the error, and the position stays', async () => {
  const setting = new Setting()
  setting.finish(arrayOf([setting.bad(5, 2), setting.record(1, '2')]))
  await setting.settle()
  assert.equal(setting.client.error?.code, 40801)
  assert.equal(
    setting.client.error?.message,
    'The record t-2 at offset 5 cannot be read: value: found 3 bytes, expected a magic byte and ' +
      'the id of a schema in front of a payload',
  )
  assert.deepEqual(setting.endedAt, [])
})

test('a bad record ends the response before it, and says how far it came', async () => {
  const setting = new Setting()
  const good = [setting.record(4, '4'), setting.record(9, '9', 1), setting.record(6, '6')]
  setting.send(Buffer.concat([arrayOf([...good, setting.bad(10, 1)]).subarray(0, -1)]))
  await setting.settle()
  assert.deepEqual([setting.values, setting.client.isWhole], [[4, 9, 6], true])
  assert.deepEqual(setting.endedAt, [
    { topic: 't', partition: 0, offset: 7 },
    { topic: 't', partition: 1, offset: 10 },
  ])
  // The read gives its pieces back by itself; what still comes is of no use.
  setting.finish(Buffer.from(']'))
  await setting.settle()
  assert.equal(setting.values.length, 3)
})

test('how far a response came is not said before the client has all of it', async () => {
  const setting = new Setting()
  setting.client.takesAtOnce = false
  setting.finish(arrayOf([setting.record(0, '0'), setting.bad(1)]))
  await setting.settle()
  assert.deepEqual([setting.values, setting.endedAt], [[0], undefined])
  setting.client.take()
  assert.equal(setting.endedAt?.length, 1)
})

test('errors of the registry keep their code', async () => {
  const setting = new Setting()
  setting.registry.failures.set(setting.any, new RestError('KAFKA_RETRIABLE_ERROR', 'down'))
  setting.finish(arrayOf([setting.record(3, '1')]))
  await setting.settle()
  assert.equal(setting.client.error?.code, 50003)
  assert.match(setting.client.error?.message ?? '', /^The record t-0 at offset 3 .*: value: down$/)
})

test('a bug is told of, and the position stays', async () => {
  const setting = new Setting()
  setting.finish(arrayOf([setting.record(0, '"bug"')]))
  await setting.settle()
  assert.ok(setting.defect instanceof TypeError)
  assert.deepEqual([setting.client.error, setting.endedAt], [undefined, []])
})

test('maxBytes counts the JSON of keys and values, and is exclusive', async () => {
  // Of each record a byte of the key, and three of the value.
  for (const [maxBytes, count] of [
    [5, 1],
    [8, 1],
    [9, 2],
    [100, 3],
  ] as const) {
    const setting = new Setting({ maxBytes })
    const key = inKafka(setting.any, '1')
    setting.finish(arrayOf([0, 1, 2].map((at) => ({ ...setting.record(at, '[7]'), key }))))
    await setting.settle()
    assert.equal(setting.values.length, count, `${maxBytes}`)
    assert.deepEqual(
      setting.endedAt,
      count === 3 ? undefined : [{ topic: 't', partition: 0, offset: count }],
    )
  }
})

test('a first record that is too large is an error, or comes alone', async () => {
  for (const returnsOversized of [false, true]) {
    const setting = new Setting({ maxBytes: 3, returnsOversized })
    setting.finish(arrayOf([setting.record(0, '"é"'), setting.record(1, '1')]))
    await setting.settle()
    if (returnsOversized) assert.deepEqual(setting.values, ['é'])
    else assert.match(setting.client.error?.message ?? '', /t-0 at offset 0 has 4 bytes as JSON/)
  }
})

test('a client that leaves gets nothing more, and nothing more is decoded', async () => {
  const setting = new Setting()
  setting.client.takesAtOnce = false
  setting.send(arrayOf([setting.record(0, '0')]).subarray(0, -1))
  await setting.settle()
  const { text } = setting.client
  setting.stream.stop()
  setting.client.take()
  setting.finish(Buffer.from(']'))
  await setting.settle()
  assert.deepEqual([setting.client.text, setting.client.isWhole, setting.taken], [text, false, []])
})

test('what is decoded does not wait for the schema of the next record', async () => {
  const setting = new Setting()
  const other = setting.registry.add('any Other')
  setting.registry.pauses.set(other, new Promise(() => {}))
  setting.finish(arrayOf([setting.record(0, '1'), setting.record(1, '2', 0, other)]))
  await setting.settle()
  assert.match(setting.client.text, /"value":1,"partition":0,"offset":0}$/)
  assert.equal(setting.client.isWhole, false)
})

test('a response waits only so long for schemas: it ends before the record, which is an error then', async () => {
  const setting = new Setting({}, 0)
  const other = setting.registry.add('any Other')
  setting.registry.pauses.set(other, new Promise(() => {}))
  setting.finish(arrayOf([setting.record(0, '1'), setting.record(1, '2', 0, other)]))
  await until('it ends', () => setting.client.isWhole)
  assert.deepEqual(setting.values, [1])
  assert.deepEqual(setting.endedAt, [{ topic: 't', partition: 0, offset: 1 }])

  const next = new Setting({}, 0)
  next.registry.pauses.set(next.any, new Promise(() => {}))
  next.finish(arrayOf([next.record(1, '2')]))
  await until('it fails', () => next.client.error !== undefined)
  assert.equal(next.client.error?.code, 50003)
  assert.match(
    `${next.client.error?.message}`,
    /t-0 at offset 1 cannot be read: value: .*so slowly/,
  )
})

test('a schema that there was no time to compile ends the response, to be read again', async () => {
  const setting = new Setting()
  setting.registry.failures.set(setting.any, new DeadlineError('compiling took long'))
  setting.finish(arrayOf([setting.record(0, '1')]))
  await until('it fails', () => setting.client.error !== undefined)
  const { client } = setting
  assert.equal(client.error?.code, 503)
  assert.match(
    `${client.error?.message}`,
    /^The record t-0 at offset 0 cannot be read: value: comp/,
  )
})

test('an error of the read is passed on, and pieces are given back', async () => {
  const setting = new Setting()
  setting.registry.pauses.set(setting.any, new Promise(() => {}))
  setting.send(arrayOf([setting.record(0, '0')]).subarray(0, -1))
  await setting.settle()
  setting.stream.fail(new RestError('CONSUMER_INSTANCE_NOT_FOUND'))
  assert.equal(setting.client.error?.code, 40403)
  assert.deepEqual(setting.taken, [0])
})
