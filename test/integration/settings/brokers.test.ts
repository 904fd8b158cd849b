/** `sluice.metrics.brokers.max`, and what clients and operators see of a quota of Kafka. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runKafkaTool } from '../../cluster/kafka-tool.ts'
import { readMetrics } from '../metrics-text.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const CLIENT = 'sluice-throttled'

const { kafka, rest, newTopic } = await setTheStage({
  id: 'throttled',
  'sluice.metrics.brokers.max': 10,
  'producer.statistics.interval.ms': 100,
})

test('the connections of the producer to its brokers are told', async () => {
  const topic = await newTopic()
  await rest.post(`/topics/${topic}`, { records: [{ value: 'YQ==' }] })
  const sumOf = async (name: string, part = '') => {
    const values = [...(await readMetrics(rest))].filter(
      ([key]) => key.startsWith(`${name}{`) && key.includes(part),
    )
    return values.reduce((sum, [, value]) => sum + value, 0)
  }
  const producers = 'sluice_kafka_broker_producers'
  await until('it is connected', async () => (await sumOf(producers, 'state="up"')) > 0)
  await until('a round trip is measured', async () => {
    await rest.post(`/topics/${topic}`, { records: [{ value: 'YQ==' }] })
    return (await sumOf('sluice_kafka_broker_rtt_seconds', 'statistic="p99"')) > 0
  })
  const names = [...(await readMetrics(rest)).keys()].filter((key) => key.includes('broker="'))
  assert.ok(
    names.every((name) => /broker="\d+"/.test(name)),
    'addresses of bootstrap.servers are no brokers',
  )
  assert.equal((await readMetrics(rest)).get('sluice_kafka_brokers_omitted'), 0)
})

test('a quota of Kafka is a header of the response, and counted', async () => {
  const topic = await newTopic()
  await runKafkaTool('kafka.admin.ConfigCommand', [
    ...['--bootstrap-server', kafka.bootstrapServers, '--alter', '--add-config'],
    ...['producer_byte_rate=1000', '--entity-type', 'clients', '--entity-name', CLIENT],
  ])
  const value = Buffer.alloc(20_000, 'x').toString('base64')
  let throttleMs = 0
  await until('the broker throttles', async () => {
    const { status, headers } = await rest.post(`/topics/${topic}`, { records: [{ value }] })
    assert.equal(status, 200)
    throttleMs = Number(headers['x-throttle-time-ms'] ?? 0)
    return throttleMs > 0
  })
  assert.ok(Number.isInteger(throttleMs))
  const metrics = await readMetrics(rest)
  assert.ok((metrics.get('sluice_kafka_produce_throttled_total') ?? 0) > 0)
  assert.ok((metrics.get('sluice_kafka_produce_throttle_seconds_total') ?? 0) >= throttleMs / 1000)
})
