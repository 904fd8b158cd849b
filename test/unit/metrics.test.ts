/** Metrics as Prometheus reads them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { METRICS, type MetricName, Metrics, type Readings } from '../../src/metrics.ts'

/** The lines of one metric, those of its buckets and sums among them. */
async function linesOf(metrics: Metrics, name: MetricName): Promise<string[]> {
  const sample = new RegExp(`^${name}(_bucket|_sum|_count)?[{ ]`)
  return (await metrics.render()).split('\n').filter((line) => sample.test(line))
}

const BUILD = { version: '1.2.3', node: 'v20.0.0', librdkafka: '2.12.0', patches: '0001-a,0002-b' }

function newMetrics(readings: Readings = () => ({})): Metrics {
  return new Metrics(readings, BUILD)
}

test('every metric is told with its type and its sentence', async () => {
  const metrics = newMetrics()
  metrics.observe('op', 200, 0, 0)
  const text = await metrics.render()
  for (const [name, { type, help }] of Object.entries(METRICS)) {
    assert.ok(text.includes(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`), name)
  }
  assert.match(text, /^process_cpu_seconds_total /m)
})

test('requests are counted by operation and status, errors by code', async () => {
  const metrics = newMetrics()
  metrics.observe('produce', 200, 0, 0.001)
  metrics.observe('produce', 200, 0, 0.001)
  metrics.observe('produce', 422, 42203, 0.001)
  metrics.observe('listTopics', 404, 40403, 0.001)
  metrics.observe('deleteTopic', 404, 40403, 0.001)
  assert.deepEqual((await linesOf(metrics, 'sluice_http_requests_total')).sort(), [
    'sluice_http_requests_total{operation="deleteTopic",status="404"} 1',
    'sluice_http_requests_total{operation="listTopics",status="404"} 1',
    'sluice_http_requests_total{operation="produce",status="200"} 2',
    'sluice_http_requests_total{operation="produce",status="422"} 1',
  ])
  assert.deepEqual((await linesOf(metrics, 'sluice_http_errors_total')).sort(), [
    'sluice_http_errors_total{error_code="40403"} 2',
    'sluice_http_errors_total{error_code="42203"} 1',
  ])
})

test('a client that left is counted as that, and not as an answer', async () => {
  const metrics = newMetrics()
  metrics.observeAborted('read')
  assert.deepEqual(await linesOf(metrics, 'sluice_http_requests_aborted_total'), [
    'sluice_http_requests_aborted_total{operation="read"} 1',
  ])
  assert.deepEqual(await linesOf(metrics, 'sluice_http_requests_total'), [])
})

test('durations are a histogram: each bucket holds those below it, the last one all', async () => {
  const metrics = newMetrics()
  const durations = [0.0001, 0.0005, 0.003, 0.2, 29, 31, 1000]
  for (const seconds of durations) metrics.observe('op', 200, 0, seconds)
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
  assert.ok(lines.includes(`sluice_http_request_duration_seconds_sum{operation="op"} ${sum}`))
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

test('two sets of metrics share nothing', async () => {
  const [one, two] = [newMetrics(), newMetrics()]
  one.observe('op', 200, 0, 1)
  assert.deepEqual(await linesOf(two, 'sluice_http_requests_total'), [])
})

test('the versions that run are labels of one gauge', async () => {
  assert.deepEqual(await linesOf(newMetrics(), 'sluice_build_info'), [
    'sluice_build_info{version="1.2.3",node="v20.0.0",librdkafka="2.12.0",patches="0001-a,0002-b"} 1',
  ])
})
