/** What a request for records makes of the instance's limits, and what becomes of a read. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import type { ReadLimits, ReadSink } from '../../../src/kafka/consumer.ts'
import { errorOf, serve } from './fake-server.ts'

const PATH = '/consumers/g/instances/n/records'
const MAX_READ_BYTES = 1000
const BINARY = 'application/vnd.kafka.binary.v2+json'
const AVRO = 'application/vnd.kafka.avro.v2+json'

/** An instance whose reads end when the test says. */
function stage(format = 'binary', schemas?: object) {
  const told: string[] = []
  const reads: { limits: ReadLimits; sink: ReadSink }[] = []
  const instance = {
    format,
    requestTimeoutMs: 500,
    fetchMinBytes: 7,
    returnsOversized: true,
    consumer: {
      read: (limits: ReadLimits, sink: ReadSink) => {
        reads.push({ limits, sink })
        return { abandon: () => told.push('abandoned'), endAt: () => told.push('ended') }
      },
    },
  }
  const consumers = { get: () => instance }
  const { ask, defects } = serve({ consumers, maxReadBytes: MAX_READ_BYTES, schemas })
  return {
    ask: (query = '', accept = '') => ask(PATH, { query, accept }),
    head: () => ask(PATH, { method: 'HEAD' }),
    told,
    reads,
    defects,
  }
}

describe('the limits of a read', () => {
  async function limitsOf(query: string): Promise<ReadLimits | undefined> {
    const { ask, reads } = stage()
    await ask(query)
    return reads[0]?.limits
  }

  test('are those of the instance and of the configuration', async () => {
    assert.deepEqual(await limitsOf(''), {
      timeoutMs: 500,
      maxBytes: MAX_READ_BYTES,
      minBytes: 7,
      headers: false,
      timestamp: false,
    })
  })

  test('may be narrowed by a request, and not widened', async () => {
    for (const [query, timeoutMs, maxBytes] of [
      ['timeout=499&max_bytes=999', 499, 999],
      ['timeout=501&max_bytes=1001', 500, 1000],
      ['timeout=0&max_bytes=0', 500, 1000],
      ['timeout=-1&max_bytes=-1', 500, 1000],
      ['timeout=1&max_bytes=1', 1, 1],
    ] as const) {
      const limits = await limitsOf(query)
      assert.deepEqual([limits?.timeoutMs, limits?.maxBytes], [timeoutMs, maxBytes], query)
    }
  })

  test('say what is included besides', async () => {
    for (const [query, headers, timestamp] of [
      ['include=headers', true, false],
      ['include=timestamp', false, true],
      ['include=timestamp,%20headers', true, true],
    ] as const) {
      const limits = await limitsOf(query)
      assert.deepEqual([limits?.headers, limits?.timestamp], [headers, timestamp], query)
    }
    const { ask, reads } = stage()
    const answer = await ask('include=headers,offset')
    assert.deepEqual([...errorOf(answer), reads.length], [400, 400, 0])
  })
})

test('records are what the read gives', async () => {
  const { ask, reads } = stage()
  const { res } = await ask()
  reads[0]?.sink.send(Buffer.from('[1'), () => {})
  reads[0]?.sink.finish(Buffer.from(']'), () => {})
  assert.deepEqual([res.status, res.received], ['200 OK', '[1]'])
  assert.equal(res.headers.get('content-type'), BINARY)
})

test('a read is abandoned when its client has left, and only then', async () => {
  const { ask, reads, told } = stage()
  const { res } = await ask()
  res.abort()
  assert.deepEqual(told, ['abandoned'])
  const other = await ask()
  reads[1]?.sink.finish(Buffer.from('[]'), () => {})
  other.res.abort()
  assert.deepEqual(told, ['abandoned'])
})

test('a read is abandoned when its request has ended with an error', async () => {
  const { ask, told } = stage()
  const { exchange, res } = await ask()
  exchange.fail(new RestError('OUT_OF_TIME'))
  assert.deepEqual([res.status, told], ['503 Service Unavailable', ['abandoned']])
})

test('a read in another format than that of the instance is refused', async () => {
  const { ask, reads } = stage('json')
  assert.deepEqual(errorOf(await ask('', BINARY)), [406, 40601])
  assert.equal(reads.length, 0)
  await ask('', 'application/vnd.kafka.json.v2+json')
  assert.equal(reads.length, 1)
  assert.deepEqual(
    errorOf(await stage('string').ask('', 'application/vnd.kafka.v2+json')),
    [406, 40601],
  )
})

test('HEAD takes no records', async () => {
  const { head, reads } = stage()
  const { status, res } = await head()
  assert.deepEqual([status, res.headers.get('content-length'), reads.length], [200, '2', 0])
})

describe('records with schemas', () => {
  /** Decoding that notes what it is told. */
  function decoding() {
    const told: string[] = []
    let limits: unknown
    let onDefect: (error: unknown) => void = () => {}
    const records = { source: undefined as unknown, abandon: () => told.push('abandoned') }
    const schemas = {
      decode: (_response: unknown, given: unknown, reject: (error: unknown) => void) => {
        limits = given
        onDefect = reject
        return records
      },
    }
    return {
      schemas,
      records,
      told,
      limits: () => limits,
      fail: (error: unknown) => onDefect(error),
    }
  }

  test('go through what decodes them, which has the limits and the read', async () => {
    const decoder = decoding()
    const { ask, reads, told } = stage('schema', decoder.schemas)
    const { res } = await ask('max_bytes=10', AVRO)
    assert.deepEqual(decoder.limits(), { maxBytes: 10, returnsOversized: true })
    assert.equal(reads[0]?.sink, decoder.records as unknown)
    assert.ok(decoder.records.source)
    res.abort()
    assert.deepEqual([decoder.told, told], [['abandoned'], []], 'it knows when the read may end')
  })

  test('are answered with 500 when what decodes them has a bug', async () => {
    const decoder = decoding()
    const { ask, defects } = stage('schema', decoder.schemas)
    const { res } = await ask('', AVRO)
    decoder.fail(new Error('a bug'))
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(res.status, '500 Internal Server Error')
    assert.equal(defects.length, 1)
  })
})
