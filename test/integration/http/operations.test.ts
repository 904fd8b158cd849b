/** `/healthy`, `/ready`, `/metrics`, `/openapi.json`: what operators and their machines ask. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { VERSION } from '../../../src/api/description.ts'
import { V3_ROUTES } from '../../../src/api/v3/routes.ts'
import { METRICS } from '../../../src/metrics.ts'
import { gaugeOf, readMetrics } from '../metrics-text.ts'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const { rest, witness, newTopic, newConsumer } = await setTheStage()

test('/healthy and /ready say so, in JSON', async () => {
  const healthy = await rest.get('/healthy')
  const ready = await rest.get('/ready')
  assert.deepEqual([healthy.status, healthy.text], [200, '{"status":"healthy"}'])
  assert.deepEqual([ready.status, ready.text], [200, '{"status":"ready"}'])
  assert.equal(ready.headers['content-type'], 'application/json')
})

test('/openapi.json describes every path, and itself', async () => {
  const { status, body } = await rest.get('/openapi.json')
  assert.equal(status, 200)
  assert.equal(body.openapi, '3.1.0')
  assert.equal(body.info.version, VERSION)
  const operations = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const instance = '/consumers/{group_name}/instances/{instance_name}'
  const isOfV3 = (operation: string) => operation.includes(' /v3/')
  operations.sort()
  assert.deepEqual(
    operations.filter((operation) => !isOfV3(operation)),
    [
      `DELETE ${instance}`,
      `DELETE ${instance}/subscription`,
      'GET /',
      'GET /brokers',
      `GET ${instance}/assignments`,
      `GET ${instance}/offsets`,
      `GET ${instance}/records`,
      `GET ${instance}/subscription`,
      'GET /healthy',
      'GET /metrics',
      'GET /openapi.json',
      'GET /ready',
      'GET /reference',
      'GET /reference/{file_name}',
      'GET /topics',
      'GET /topics/{topic_name}',
      'GET /topics/{topic_name}/partitions',
      'GET /topics/{topic_name}/partitions/{partition_id}',
      'GET /topics/{topic_name}/partitions/{partition_id}/offsets',
      'POST /',
      'POST /consumers/{group_name}',
      `POST ${instance}/assignments`,
      `POST ${instance}/offsets`,
      `POST ${instance}/positions`,
      `POST ${instance}/positions/beginning`,
      `POST ${instance}/positions/end`,
      `POST ${instance}/subscription`,
      'POST /topics/{topic_name}',
      'POST /topics/{topic_name}/partitions/{partition_id}',
    ],
  )
  const ofV3 = V3_ROUTES.map(({ method, path }) => `${method} ${path}`)
  assert.deepEqual(operations.filter(isOfV3), ofV3.sort())
})

describe('/metrics', () => {
  test("is in Prometheus's text format, whatever is asked for of it", async () => {
    for (const accept of [
      '*/*',
      'text/plain',
      'application/openmetrics-text;version=1.0.0,*/*;q=0.1',
    ]) {
      const { status, headers, text } = await rest.get('/metrics', { accept })
      assert.equal(status, 200)
      assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
      assert.match(text, /^# HELP \w+ .+\n# TYPE \w+ \w+\n/m)
    }
  })

  test('has all that is declared, and what Node.js says of itself', async () => {
    const { text } = await rest.get('/metrics')
    for (const [name, { type, help }] of Object.entries(METRICS)) {
      assert.ok(text.includes(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`), name)
    }
    assert.match(text, /^process_resident_memory_bytes \d+/m)
    assert.match(text, /^nodejs_eventloop_lag_seconds /m)
  })

  test('counts requests, by operation and status, and errors by code', async () => {
    const name = uniqueName('nobody')
    const before = await readMetrics(rest)
    for (let i = 0; i < 3; i++) await rest.get(`/topics/${name}`)
    await rest.get('/no/such/path')
    const after = await readMetrics(rest)
    const grown = (metric: string) => (after.get(metric) ?? 0) - (before.get(metric) ?? 0)
    const label = 'operation="getTopic"'
    assert.equal(grown(`sluice_http_requests_total{${label},status="404"}`), 3)
    assert.equal(grown(`sluice_http_request_duration_seconds_count{${label}}`), 3)
    assert.equal(grown(`sluice_http_request_duration_seconds_bucket{${label},le="+Inf"}`), 3)
    assert.equal(grown('sluice_http_requests_total{operation="none",status="404"}'), 1)
    assert.equal(
      grown('sluice_http_errors_total{error_code="40403",error="UNKNOWN_TOPIC_OR_PARTITION"}'),
      3,
    )
    assert.equal(grown('sluice_http_errors_total{error_code="404",error="NOT_FOUND"}'), 1)
    // The scrape itself is a request that runs.
    assert.equal(after.get('sluice_http_requests_in_flight'), 1)
  })

  test('counts records and their bytes, and what of them failed', async () => {
    const topic = await newTopic()
    const before = await readMetrics(rest)
    await rest.post(`/topics/${topic}`, { records: [{ key: 'YQ==', value: 'YmM=' }, {}] })
    await rest.post(`/topics/${topic}/partitions/7`, { records: [{ value: 'YmM=' }] })
    const consumer = await newConsumer()
    await consumer.assign(topic, 0)
    await consumer.recordsUntil(2)
    const after = await readMetrics(rest)
    const grown = (metric: string) => (after.get(metric) ?? 0) - (before.get(metric) ?? 0)
    assert.equal(grown('sluice_produce_records_total'), 2)
    assert.equal(grown('sluice_produce_bytes_total'), 3)
    assert.equal(grown('sluice_produce_failed_records_total{error_code="50003"}'), 1)
    assert.equal(grown('sluice_consume_records_total'), 2)
    assert.equal(grown('sluice_consume_bytes_total'), 3)
    assert.equal(after.get('sluice_produce_inflight_records'), 0)
    assert.equal(after.get('sluice_produce_inflight_bytes'), 0)
    assert.equal(after.get('sluice_consume_buffered_bytes'), 0)
    assert.ok((after.get('sluice_produce_inflight_bytes_max') ?? 0) >= 64 << 20)
    assert.ok((after.get('sluice_consume_buffered_bytes_max') ?? 0) >= 64 << 20)
  })

  test('counts instances and reads while there are some', async () => {
    const topic = await newTopic()
    const before = await readMetrics(rest)
    const consumer = await newConsumer({ 'consumer.request.timeout.ms': 20_000 })
    await consumer.assign(topic, 0)
    const reading = consumer.read()
    const during = await readMetrics(rest)
    const grown = (metric: string) => (during.get(metric) ?? 0) - (before.get(metric) ?? 0)
    const instances = before.get('sluice_consumer_instances')
    assert.equal(grown('sluice_consumer_instances'), 1)
    assert.ok((during.get('sluice_http_requests_in_flight') ?? 0) >= 2)
    await witness.produce(topic, [{ value: Buffer.from('v') }])
    await reading
    await until('no read runs', async () => (await gaugeOf(rest, 'sluice_consume_reads')) === 0)
    await consumer.delete()
    await until('the instance has left its group', async () => {
      return (await gaugeOf(rest, 'sluice_consumer_instances')) === instances
    })
  })

  test('has no labels that grow with what clients ask for', async () => {
    for (let i = 0; i < 20; i++) {
      await rest.get(`/topics/${uniqueName('t')}/x`)
      await rest.send(`METHOD${i}`, '/')
    }
    const names = [...(await readMetrics(rest)).keys()]
    assert.ok(!names.some((name) => name.includes('METHOD') || /(topic|t)-[0-9a-f]{8}/.test(name)))
  })
})
