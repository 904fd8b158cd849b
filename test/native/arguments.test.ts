/**
 * What the addon makes of arguments that are not what index.d.ts says: a TypeError, at once, and
 * nothing else. Below src/kafka/native.ts, so that nobody has opened the mailbox before.
 */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { before, describe, it } from 'node:test'
import type * as Addon from '../../native-bindings/index.d.ts'
import { until } from '../integration/until.ts'

type Call = (...values: unknown[]) => unknown

const addon: typeof Addon = createRequire(import.meta.url)('../../native-bindings')

const FIELDS = 6
const UNKNOWN_INSTANCE = 4_000_000_000
const JSON_FORMAT = 1
const SCHEMA_FORMAT = 3
/** Of calls that are answered with a fault when nothing is wrong with them. */
const TICKET = 1

const { Admin, Body, Producer } = addon
const properties = ['bootstrap.servers', '127.0.0.1:1']

/** As a function of anything: what the types forbid is what is tested. */
function untyped(receiver: object, name: string): Call {
  const method = (receiver as Record<string, Call>)[name] as Call
  return (...values) => method.apply(receiver, values)
}

function assertRefused(call: Call, ...values: unknown[]): void {
  assert.throws(() => call(...values), TypeError)
}

/** An array whose memory went elsewhere. */
function transferred<T extends { readonly buffer: ArrayBufferLike }>(array: T): T {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] })
  return array
}

describe('without a mailbox', () => {
  it('nothing is started that would have to be answered', () => {
    assertRefused(untyped(addon, 'subscription'), UNKNOWN_INSTANCE, TICKET)
    assertRefused(untyped(addon, 'keepAlive'), true)
    assertRefused(untyped(addon, 'chunkWritten'), UNKNOWN_INSTANCE, TICKET, 0)
    assertRefused(untyped(addon, 'endRead'), UNKNOWN_INSTANCE, TICKET, true)
    assertRefused(untyped(new Admin(properties), 'listTopics'), 1000, TICKET)
    const producer = new Producer(properties)
    assertRefused(untyped(producer, 'produce'), 't', 0, JSON_FORMAT, Buffer.from('{}'), TICKET)
    assertRefused(untyped(producer, 'close'), 0, TICKET)
  })

  it('it is opened with arrays of the right types only', () => {
    const open = untyped(addon, 'openMailbox')
    const drain = () => {}
    assertRefused(open, new Float64Array(600), new Uint8Array(64), drain)
    assertRefused(open, new Int32Array(5), new Uint8Array(64), drain)
    assertRefused(open, transferred(new Int32Array(600)), new Uint8Array(64), drain)
    assertRefused(open, new Int32Array(600), new Int32Array(64), drain)
    assertRefused(open, new Int32Array(600), new ArrayBuffer(64), drain)
    assertRefused(open, new Int32Array(600), new Uint8Array(64), {})
  })
})

describe('with a mailbox', () => {
  const layout = new Int32Array(600)
  const answered: number[] = []

  before(() => {
    addon.openMailbox(layout, new Uint8Array(1024), (count) => {
      for (let at = 0; at < count * FIELDS; at += FIELDS) answered.push(layout[at] as number)
    })
  })

  const one = Int32Array.of(0)
  const id = UNKNOWN_INSTANCE

  it('what is refused gets no answer too', async () => {
    assertRefused(untyped(addon, 'subscription'), -1, 2)
    addon.subscription(id, 3)
    await until('the answer to the other', () => answered.length > 0)
    assert.deepEqual(answered, [3])
  })

  it('lists of topics must be as long as those of partitions', () => {
    for (const topics of [[], ['t', 't']]) {
      assertRefused(untyped(addon, 'assign'), id, topics, one, TICKET)
      assertRefused(untyped(addon, 'committed'), id, topics, one, TICKET)
      assertRefused(untyped(addon, 'seek'), id, topics, one, Float64Array.of(0), 1, TICKET)
      assertRefused(untyped(addon, 'commit'), id, topics, one, Float64Array.of(0), [''], TICKET)
    }
  })

  it('lists of offsets and metadata must be as long as those of partitions', () => {
    for (const offsets of [new Float64Array(0), new Float64Array(2)]) {
      assertRefused(untyped(addon, 'seek'), id, ['t'], one, offsets, 1, TICKET)
      assertRefused(untyped(addon, 'commit'), id, ['t'], one, offsets, [''], TICKET)
    }
    for (const metadata of [[], ['', '']]) {
      assertRefused(untyped(addon, 'commit'), id, ['t'], one, new Float64Array(1), metadata, TICKET)
    }
  })

  it('timestamps begin within the list, or at its end', () => {
    const seek = untyped(addon, 'seek')
    for (const from of [2, -1, 4_294_967_295, 0.5]) {
      assertRefused(seek, id, ['t'], one, new Float64Array(1), from, TICKET)
    }
    for (const from of [0, 1]) seek(id, ['t'], one, new Float64Array(1), from, TICKET)
  })

  it('numbers in arrays must have the right type, and a value', () => {
    for (const partitions of [[0], new BigInt64Array(1), new Uint32Array(1), Int32Array.of(-1)]) {
      assertRefused(untyped(addon, 'assign'), id, ['t'], partitions, TICKET)
    }
    for (const offsets of [new BigInt64Array(1), new Float32Array(1)]) {
      assertRefused(untyped(addon, 'seek'), id, ['t'], one, offsets, 1, TICKET)
    }
    for (const offset of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 54, 0.5]) {
      const offsets = Float64Array.of(offset)
      assertRefused(untyped(addon, 'commit'), id, ['t'], one, offsets, [''], TICKET)
    }
  })

  it('arrays that were transferred are none', () => {
    assertRefused(untyped(addon, 'assign'), id, [], transferred(new Int32Array(1)), TICKET)
    const offsets = transferred(new Float64Array(1))
    assertRefused(untyped(addon, 'seek'), id, [], new Int32Array(0), offsets, 0, TICKET)
    const bytes = transferred(new Uint8Array(8))
    assertRefused(untyped(addon, 'parseProduceRequest'), JSON_FORMAT, bytes)
    const producer = new Producer(properties)
    assertRefused(untyped(producer, 'produce'), 't', 0, JSON_FORMAT, bytes, TICKET)
    assertRefused(untyped(producer, 'produce'), 't', 0, JSON_FORMAT, bytes.buffer, TICKET)
    assertRefused(untyped(new Body(0), 'append'), bytes)
  })

  it('arrays that are filled must be of doubles, and may be short', () => {
    for (const into of [new Uint8Array(15), new Float32Array(15), new Array(15).fill(0), null]) {
      assertRefused(untyped(addon, 'findConsumer'), 'group', 'name', '', into)
    }
    assertRefused(untyped(addon, 'findConsumer'), 'group', 1, '', new Float64Array(4))
    const gone = transferred(new Float64Array(4))
    assertRefused(untyped(addon, 'findConsumer'), 'group', 'name', '', gone)
  })

  it('numbers are whole and fit their types', () => {
    const startRead = untyped(addon, 'startRead')
    for (const timeoutMs of [2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN, '1', 1n, undefined]) {
      assertRefused(startRead, id, timeoutMs, 1, 1, false, false, TICKET)
    }
    for (const maxBytes of [2 ** 54, Number.NEGATIVE_INFINITY, 0.5]) {
      assertRefused(startRead, id, 1, maxBytes, 1, false, false, TICKET)
    }
    for (const ticket of [-1, 2 ** 32, 0.5, undefined]) {
      assertRefused(startRead, id, 1, 1, 1, false, false, ticket)
    }
    assertRefused(untyped(addon, 'configure'), -1, 0, 1, 1, 1, 1)
    assertRefused(untyped(addon, 'configure'), 0, 0, 1, -1, 1, 1)
    assertRefused(untyped(addon, 'configure'), 0, 0, 1, 1, 1, -1)
    assertRefused(untyped(addon, 'startEmbeddedCluster'), 0)
    assert.throws(() => new Body(-1), TypeError)
  })

  it('formats are those that there are', () => {
    const producer = new Producer(properties)
    for (const format of [-1, 4]) {
      assertRefused(untyped(addon, 'parseProduceRequest'), format, Buffer.from('{}'))
      assertRefused(untyped(addon, 'renderRecord'), format, 't', 0, 0, null, null, 1)
      assertRefused(untyped(producer, 'produce'), 't', 0, format, Buffer.from('{}'), TICKET)
    }
  })

  it('what needs schemas is produced with a draft', () => {
    const producer = new Producer(properties)
    assertRefused(untyped(producer, 'produce'), 't', 0, SCHEMA_FORMAT, Buffer.from('{}'), TICKET)
  })

  it('bytes are an ArrayBuffer or a Uint8Array', () => {
    for (const bytes of [new Int32Array(1), new DataView(new ArrayBuffer(4)), 'text', null, {}]) {
      assertRefused(untyped(addon, 'parseProduceRequest'), JSON_FORMAT, bytes)
      assertRefused(untyped(new Body(0), 'append'), bytes)
    }
    addon.parseProduceRequest(JSON_FORMAT, new Uint8Array(0))
  })

  it('an object of one class is none of another', () => {
    const admin = new Admin(properties)
    const producer = new Producer(properties)
    for (const body of [producer, admin, {}, undefined]) {
      assertRefused(untyped(producer, 'produce'), 't', 0, JSON_FORMAT, body, TICKET)
    }
    for (const receiver of [admin, {}, addon]) {
      assert.throws(() => producer.close.call(receiver as typeof producer, 0, TICKET), TypeError)
    }
    assert.throws(() => admin.listTopics.call(producer as never, 0, TICKET), TypeError)
    assert.throws(() => Reflect.apply(Producer as never, admin, [properties]), TypeError)
  })

  it('properties come with values, errors with codes and texts, chunks from the pool', () => {
    assertRefused(untyped(addon, 'checkClient'), false, ['client.id'])
    assertRefused(untyped(addon, 'checkClient'), 'producer', [])
    assert.throws(() => new Producer(['client.id']), TypeError)
    const codes = Int32Array.of(1, 2)
    assertRefused(untyped(addon, 'setErrorTable'), codes, Int32Array.of(1), codes, ['', ''])
    assertRefused(untyped(addon, 'setErrorTable'), codes, codes, codes, [''])
    assertRefused(untyped(addon, 'setErrorTable'), codes, new Float64Array(2), codes, ['', ''])
    assertRefused(untyped(addon, 'chunkMemory'), 4711)
  })
})
