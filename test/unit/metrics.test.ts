/** Metrics as Prometheus reads them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LoopCounters } from '../../src/loop-counters.ts'
import { METRICS, type MetricName, Metrics, type Readings } from '../../src/metrics.ts'

/** The lines of one metric, those of its buckets and sums among them. */
async function linesOf(metrics: Metrics, name: MetricName): Promise<string[]> {
  const sample = new RegExp(`^${name}(_bucket|_sum|_count)?[{ ]`)
  return (await metrics.render()).split('\n').filter((line) => sample.test(line))
}

const BUILD = { version: '1.2.3', node: 'v20.0.0', librdkafka: '2.12.0', patches: '0001-a,0002-b' }

const OPERATIONS = ['op', 'produce', 'read', 'listTopics', 'deleteTopic']

function newCounters(): LoopCounters {
  return new LoopCounters(OPERATIONS)
}

/** The metrics of these event loops, or of one without requests. */
function newMetrics(readings: Readings = () => ({}), ...loops: LoopCounters[]): Metrics {
  return new Metrics(readings, BUILD, loops.length > 0 ? loops : [newCounters()])
}

test('every metric is told with its type and its sentence', async () => {
  const counters = newCounters()
  const metrics = newMetrics(undefined, counters)
  counters.observe('op', 200, undefined, 0)
  const text = await metrics.render()
  for (const [name, { type, help }] of Object.entries(METRICS)) {
    assert.ok(text.includes(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`), name)
  }
  assert.match(text, /^process_cpu_seconds_total /m)
})

test('requests of all event loops are counted by operation and status, errors by code', async () => {
  const [first, second] = [newCounters(), newCounters()]
  const metrics = newMetrics(undefined, first, second)
  first.observe('produce', 200, undefined, 0.001)
  second.observe('produce', 200, undefined, 0.001)
  second.observe('produce', 422, 'KEY_SCHEMA_MISSING', 0.001)
  first.observe('listTopics', 404, 'UNKNOWN_TOPIC_OR_PARTITION', 0.001)
  second.observe('deleteTopic', 404, 'UNKNOWN_TOPIC_OR_PARTITION', 0.001)
  assert.deepEqual((await linesOf(metrics, 'sluice_http_requests_total')).sort(), [
    'sluice_http_requests_total{operation="deleteTopic",status="404"} 1',
    'sluice_http_requests_total{operation="listTopics",status="404"} 1',
    'sluice_http_requests_total{operation="produce",status="200"} 2',
    'sluice_http_requests_total{operation="produce",status="422"} 1',
  ])
  assert.deepEqual((await linesOf(metrics, 'sluice_http_errors_total')).sort(), [
    'sluice_http_errors_total{error_code="40403",error="UNKNOWN_TOPIC_OR_PARTITION"} 2',
    'sluice_http_errors_total{error_code="42201",error="KEY_SCHEMA_MISSING"} 1',
  ])
})

test('a client that left is counted as that, and not as an answer', async () => {
  const counters = newCounters()
  const metrics = newMetrics(undefined, counters)
  counters.observeAborted('read')
  assert.deepEqual(await linesOf(metrics, 'sluice_http_requests_aborted_total'), [
    'sluice_http_requests_aborted_total{operation="read"} 1',
  ])
  assert.deepEqual(await linesOf(metrics, 'sluice_http_requests_total'), [])
})

test('durations are a histogram: each bucket holds those below it, the last one all', async () => {
  const loops = [newCounters(), newCounters()]
  const metrics = newMetrics(undefined, ...loops)
  const durations = [0.0001, 0.0005, 0.003, 0.2, 29, 31, 1000]
  for (const [index, seconds] of durations.entries()) {
    loops[index % 2]?.observe('op', 200, undefined, seconds)
  }
  const lines = await linesOf(metrics, 'sluice_http_request_duration_seconds')
  const buckets = lines.flatMap((line) => {
    const [, bound = '', count = ''] =
      /_bucket\{operation="op",le="([^"]+)"\} (\d+)/.exec(line) ?? []
    return bound === ''
      ? []
      : [[bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), Number(count)] as const]
  })
  assert.ok(buckets.length > 10)
  for (const [bound, count] of buckets) {
    assert.equal(count, durations.filter((seconds) => seconds <= bound).length, `le ${bound}`)
  }
  const sum = durations.reduce((total, seconds) => total + seconds)
  const [told] = lines.filter((line) => line.includes('_sum{operation="op"}'))
  assert.ok(Math.abs(Number(told?.split(' ')[1]) - sum) < 1e-9)
  assert.ok(lines.includes('sluice_http_request_duration_seconds_count{operation="op"} 7'))
})

test('histograms that others count have their own bounds', async () => {
  const metrics = newMetrics(() => ({
    sluice_consume_work_seconds: {
      buckets: [0.00005, 3, 0.1, 0, Number.POSITIVE_INFINITY, 2],
      seconds: 9.5,
    },
  }))
  assert.deepEqual(await linesOf(metrics, 'sluice_consume_work_seconds'), [
    'sluice_consume_work_seconds_bucket{le="0.00005"} 3',
    'sluice_consume_work_seconds_bucket{le="0.1"} 3',
    'sluice_consume_work_seconds_bucket{le="+Inf"} 5',
    'sluice_consume_work_seconds_sum 9.5',
    'sluice_consume_work_seconds_count 5',
  ])
})

test('the lag of a partition has its labels, whatever the names are', async () => {
  const labels = { group: 'a"b\\\n', instance: 'i', topic: 't', partition: 3 }
  const metrics = newMetrics(() => ({ sluice_consumer_lag_records: [{ labels, value: 7 }] }))
  assert.deepEqual(await linesOf(metrics, 'sluice_consumer_lag_records'), [
    'sluice_consumer_lag_records{group="a\\"b\\\\\\n",instance="i",topic="t",partition="3"} 7',
  ])
})

test('what others count is read once a scrape, and is what it is then', async () => {
  let scrapes = 0
  const metrics = newMetrics(() => {
    scrapes++
    return { sluice_produce_records_total: scrapes * 10, sluice_consume_reads: 3 - scrapes }
  })
  for (const scrape of [1, 2]) {
    const text = await metrics.render()
    assert.ok(text.includes(`\nsluice_produce_records_total ${scrape * 10}\n`))
    assert.ok(text.includes(`\nsluice_consume_reads ${3 - scrape}\n`))
  }
  assert.equal(scrapes, 2)
})

test('what nobody reads is zero', async () => {
  assert.deepEqual(await linesOf(newMetrics(), 'sluice_consumer_instances'), [
    'sluice_consumer_instances 0',
  ])
})

test('gauges of event loops are summed; connections and the delay have a label', async () => {
  const [first, second] = [newCounters(), newCounters()]
  const metrics = newMetrics(undefined, first, second)
  first.gauges = { connections: 3, refused: 1, pauses: 0, inFlight: 2 }
  second.gauges = { connections: 4, refused: 2, pauses: 5, inFlight: 7 }
  second.delay.observe(0.002)
  const all = await metrics.render()
  for (const line of [
    'sluice_http_connections{loop="0"} 3',
    'sluice_http_connections{loop="1"} 4',
    'sluice_http_connections_refused_total 3',
    'sluice_http_accept_pauses_total 5',
    'sluice_http_requests_in_flight 9',
    'sluice_event_loop_delay_seconds_count{loop="0"} 0',
    'sluice_event_loop_delay_seconds_count{loop="1"} 1',
  ]) {
    assert.ok(all.includes(`\n${line}\n`), line)
  }
})

test('what an event loop counts in another thread is seen through its memory', async () => {
  const counters = newCounters()
  new LoopCounters(OPERATIONS, counters.memory).observe('op', 404, 'NOT_FOUND', 0.1)
  const lines = await linesOf(newMetrics(undefined, counters), 'sluice_http_requests_total')
  assert.deepEqual(lines, ['sluice_http_requests_total{operation="op",status="404"} 1'])
})

test('errors with the same code are told apart by their names', async () => {
  const counters = newCounters()
  counters.observe('op', 429, 'RATE_LIMITED', 0)
  counters.observe('op', 429, 'TOO_MANY_REQUESTS', 0)
  const lines = await linesOf(newMetrics(undefined, counters), 'sluice_http_errors_total')
  assert.deepEqual(lines.sort(), [
    'sluice_http_errors_total{error_code="429",error="RATE_LIMITED"} 1',
    'sluice_http_errors_total{error_code="429",error="TOO_MANY_REQUESTS"} 1',
  ])
})

test('lines that were left out of logs are counted for the process', () => {
  const counters = newCounters()
  counters.observeOmitted('audit', 3)
  const others = new LoopCounters(OPERATIONS, counters.memory)
  others.observeOmitted('audit', 1)
  others.observeOmitted('requests', 2)
  assert.deepEqual(Object.fromEntries(counters.omitted), { requests: 2, audit: 4 })
})

test('an unknown operation is a defect', () => {
  const counters = newCounters()
  assert.throws(
    () => counters.observe('other', 200, undefined, 0),
    /operation other has no counters/,
  )
})

test('the versions that run are labels of one gauge', async () => {
  assert.deepEqual(await linesOf(newMetrics(), 'sluice_build_info'), [
    'sluice_build_info{version="1.2.3",node="v20.0.0",librdkafka="2.12.0",patches="0001-a,0002-b"} 1',
  ])
})
