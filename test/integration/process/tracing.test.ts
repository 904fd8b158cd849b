/** Traces: headers of records, spans at a collector, and a collector that is down. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { freePorts } from '../../cluster/free-ports.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { JSON_V2, V2 } from '../../media-types.ts'
import { openCollector } from '../span-collector.ts'
import { until } from '../until.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const SAMPLED = `00-${TRACE}-${SPAN}-01`
const STATE = 'vendor=opaque'

async function serve(settings: Record<string, string>, env = {}): Promise<Sluice> {
  const given = { 'sluice.embedded': 'true', ...settings }
  const sluice = await startSluice('', given, [], { ...process.env, ...env })
  after(() => sluice.stop())
  return sluice
}

const TRACED = { traceparent: SAMPLED, tracestate: STATE }

async function produce({ url }: Sluice, headers: Record<string, string>, records: object[]) {
  const response = await fetch(`${url}/topics/t/partitions/0`, {
    method: 'POST',
    headers: { 'content-type': JSON_V2, ...headers },
    body: JSON.stringify({ records }),
  })
  assert.equal(response.status, 200)
}

type RecordHeaders = Record<string, string>

/** The headers of the first records, read with a consumer of their own. */
async function headersOf({ url }: Sluice, count: number): Promise<RecordHeaders[]> {
  const post = (path: string, body: object) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': V2 },
      body: JSON.stringify(body),
    })
  await post('/consumers/g', { name: 'i', format: 'json' })
  const partitions = [{ topic: 't', partition: 0 }]
  await post('/consumers/g/instances/i/assignments', { partitions })
  await post('/consumers/g/instances/i/positions/beginning', { partitions })
  const all: RecordHeaders[] = []
  await until('the records are read', async () => {
    const records = `${url}/consumers/g/instances/i/records?include=headers`
    const read = await fetch(records, { headers: { accept: JSON_V2 } })
    for (const { headers } of (await read.json()) as { headers: Header[] }[]) {
      const texts = headers.map(({ name, value }) => [
        name,
        Buffer.from(value, 'base64').toString(),
      ])
      all.push(Object.fromEntries(texts))
    }
    return all.length >= count
  })
  return all
}

interface Header {
  readonly name: string
  readonly value: string
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('the trace of a request', { concurrency: true }, () => {
  test('is that of its records, unless they bring their own', async () => {
    const sluice = await serve({ 'sluice.tracing': 'propagate', 'sluice.log.requests': 'true' })
    const own = { name: 'traceparent', value: base64('mine') }
    const other = { name: 'x', value: base64('y') }
    const records = [{ value: 1 }, { value: 2, headers: [own] }, { value: 3, headers: [other] }]
    await produce(sluice, TRACED, records)
    await produce(sluice, { traceparent: 'nonsense' }, [{ value: 4 }])
    await produce(sluice, {}, [{ value: 5 }])
    assert.deepEqual(await headersOf(sluice, 5), [
      { traceparent: SAMPLED, tracestate: STATE },
      { traceparent: 'mine' },
      { x: 'y', traceparent: SAMPLED, tracestate: STATE },
      {},
      {},
    ])
    assert.match(sluice.log(), new RegExp(`"traceId":"${TRACE}"`))
  })

  test('is not looked at without the key', async () => {
    const sluice = await serve({})
    await produce(sluice, TRACED, [{ value: 1 }])
    assert.deepEqual(await headersOf(sluice, 1), [{}])
  })

  for (const threads of ['1', '2']) {
    test(`has a span at the collector, which is the parent of its records, with ${threads} event loops`, async () => {
      const collector = await openCollector()
      const sluice = await serve(
        {
          'sluice.tracing': 'otlp',
          'sluice.tracing.endpoint': collector.url,
          'sluice.http.threads': threads,
        },
        { OTEL_EXPORTER_OTLP_HEADERS: 'x-key=SECRET-KEY', OTEL_SERVICE_NAME: 'proxy' },
      )
      await produce(sluice, TRACED, [{ value: 1 }, { value: 2 }])
      await fetch(`${sluice.url}/no/such/path`, { headers: { traceparent: SAMPLED } })
      await fetch(`${sluice.url}/topics`, { headers: { traceparent: `00-${TRACE}-${SPAN}-00` } })
      await fetch(`${sluice.url}/healthy`, { headers: TRACED })
      const headers = await headersOf(sluice, 2)
      // A stop sends what waits.
      await sluice.stop()
      const ofTrace = collector.spans.filter(({ traceId }) => traceId === TRACE)
      const names = ofTrace.map(({ name }) => name).sort()
      assert.deepEqual(names, ['GET', 'POST /topics/{topic_name}/partitions/{partition_id}'])
      const span = ofTrace.find(({ name }) => name.startsWith('POST'))
      assert.equal(span?.parentSpanId, SPAN)
      assert.equal(headers[0]?.['traceparent'], `00-${TRACE}-${span?.spanId}-01`)
      assert.equal(headers[0]?.['tracestate'], STATE)
      const attributes = new Map(span?.attributes.map(({ key, value }) => [key, value]))
      assert.deepEqual(attributes.get('http.response.status_code'), { intValue: 200 })
      assert.deepEqual(attributes.get('messaging.batch.message_count'), { intValue: 2 })
      assert.deepEqual(attributes.get('messaging.destination.name'), { stringValue: 't' })
      assert.deepEqual(new Set(collector.names), new Set(['proxy']))
      assert.deepEqual(new Set(collector.keys), new Set(['SECRET-KEY']))
      assert.ok(!sluice.log().includes('SECRET-KEY'))
      // Requests without a trace begin one.
      assert.ok(collector.spans.some(({ traceId }) => traceId !== TRACE))
    })
  }

  test('is sampled where it begins', async () => {
    const collector = await openCollector()
    const sluice = await serve({
      'sluice.tracing': 'otlp',
      'sluice.tracing.endpoint': collector.url,
      'sluice.tracing.one.of': '1000000',
    })
    for (let request = 0; request < 20; request++) await fetch(`${sluice.url}/brokers`)
    await fetch(`${sluice.url}/topics`, { headers: TRACED })
    await sluice.stop()
    assert.deepEqual(
      collector.spans.map(({ name }) => name),
      ['GET /topics'],
    )
  })

  test('delays nothing when the collector is down', async () => {
    const [port] = await freePorts(1)
    const sluice = await serve({
      'sluice.tracing': 'otlp',
      'sluice.tracing.endpoint': `http://127.0.0.1:${port}`,
    })
    for (let request = 0; request < 50; request++) {
      await produce(sluice, TRACED, [{ value: request }])
    }
    assert.equal((await sluice.stop('SIGTERM'))?.code, 0)
  })
})
