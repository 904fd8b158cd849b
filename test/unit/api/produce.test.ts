/** Produce requests between HTTP and the producer. */
import assert from 'node:assert/strict'
import { afterEach, describe, mock, test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import { ProduceDraft } from '../../../src/kafka/produce-draft.ts'
import { errorOf, serve } from './fake-server.ts'

const JSON_TYPE = 'application/vnd.kafka.json.v2+json'
const AVRO = 'application/vnd.kafka.avro.v2+json'

afterEach(() => mock.restoreAll())

/** A producer that notes what it is given. */
function stage(
  result = { json: '{"offsets":[]}', status: 200, records: 3, failed: 0, throttleMs: 0 },
  schemas?: object,
) {
  const told: unknown[][] = []
  const producer = {
    produce: async (topic: string, partition: number, format: string) => {
      told.push(['produce', topic, partition, format])
      return result
    },
    produceDraft: async (topic: string, partition: number, _draft: unknown, ids: unknown) => {
      told.push(['produceDraft', topic, partition, ids])
      return result
    },
  }
  const { ask } = serve({ producer, schemas })
  const post = (path: string, contentType = JSON_TYPE) =>
    ask(path, { method: 'POST', body: {}, contentType })
  return { told, producer, post }
}

test('a request goes to its topic in its format, to its partition if it has one', async () => {
  const { post, told } = stage()
  await post('/topics/a%2Fb')
  await post('/topics/t/partitions/0', 'application/vnd.kafka.binary.v2+json')
  await post('/topics/t/partitions/3', 'application/vnd.kafka.string.v2+json')
  assert.deepEqual(told, [
    ['produce', 'a/b', -1, 'json'],
    ['produce', 't', 0, 'binary'],
    ['produce', 't', 3, 'string'],
  ])
})

test('a partition is a number that Kafka may have', async () => {
  const { post, told } = stage()
  assert.deepEqual(errorOf(await post('/topics/t/partitions/-1')), [422, 422])
  for (const text of ['x', '1.5', '1e3', '2147483648', '99999999999']) {
    assert.deepEqual(errorOf(await post(`/topics/t/partitions/${text}`)), [404, 404], text)
  }
  assert.deepEqual(told, [])
  assert.equal((await post('/topics/t/partitions/2147483647')).status, 200)
})

test('records that failed are counted in a header and for the log, and nothing is without', async () => {
  const good = await stage().post('/topics/t')
  assert.deepEqual([good.status, good.headers.get('x-failed-records')], [200, undefined])
  assert.deepEqual(
    [good.json, good.exchange.logged],
    [{ offsets: [] }, { records: 3, failedRecords: 0 }],
  )
  const bad = await stage({ json: '{}', status: 403, records: 4, failed: 2, throttleMs: 0 }).post(
    '/topics/t',
  )
  assert.deepEqual([bad.status, bad.headers.get('x-failed-records'), bad.text], [403, '2', '{}'])
  assert.deepEqual(bad.exchange.logged, { records: 4, failedRecords: 2 })
})

test('throttling by a broker is a header', async () => {
  const throttled = { json: '{}', status: 200, records: 1, failed: 0, throttleMs: 1200 }
  const { headers } = await stage(throttled).post('/topics/t')
  assert.equal(headers.get('x-throttle-time-ms'), '1200')
  assert.equal(headers.get('x-failed-records'), undefined)
})

describe('a request with schemas', () => {
  /** Parsing that gives a draft whose release is noted. */
  function parsed(hasSchema = false) {
    const draft = { hasSchema, released: 0, release: () => draft.released++ }
    mock.method(ProduceDraft, 'parse', async () => draft)
    return draft
  }

  test('is encoded before anything of it is produced', async () => {
    const draft = parsed()
    let encode: (ids: unknown) => void = () => {}
    const encoded: unknown[][] = []
    const { post, told } = stage(undefined, {
      encode: (...args: unknown[]) => {
        encoded.push(args)
        return new Promise((resolve) => {
          encode = resolve
        })
      },
    })
    const { res } = await post('/topics/t', AVRO)
    assert.deepEqual([encoded, told], [[['AVRO', 't', draft]], []])
    encode({ key: 1, value: 2 })
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(told, [['produceDraft', 't', -1, { key: 1, value: 2 }]])
    assert.deepEqual([res.status, draft.released], ['200 OK', 0])
  })

  test('gives its memory back when it is refused', async () => {
    const draft = parsed()
    const encode = () => Promise.reject(new RestError('SERIALIZATION_FAILED', 'no'))
    const { post } = stage(undefined, { encode })
    assert.equal((await post('/topics/t', AVRO)).status, 422)
    assert.equal(draft.released, 1)
  })

  test('gives its memory back when there is no registry, and is told what is missing', async () => {
    const plain = parsed()
    assert.deepEqual(errorOf(await stage().post('/topics/t', AVRO)), [422, 42207])
    assert.equal(plain.released, 1)
    parsed(true)
    assert.deepEqual(errorOf(await stage().post('/topics/t', AVRO)), [422, 42206])
  })
})
