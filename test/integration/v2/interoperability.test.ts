/** What others wrote is read through the proxy, and the reverse, whatever they wrote it with. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { consoleConsume, consoleProduce } from '../../cluster/console-clients.ts'
import { runKafkaTool } from '../../cluster/kafka-tool.ts'
import { BINARY, JSON_V2, STRING } from '../../media-types.ts'
import { setTheStage } from '../stage.ts'

const { kafka, rest, newTopic, newConsumer } = await setTheStage()

const bootstrap = ['--bootstrap-server', kafka.bootstrapServers]

describe('what Kafka wrote', { concurrency: true }, () => {
  test('is read with its headers, key and value', async () => {
    const topic = await newTopic()
    await consoleProduce(kafka.bootstrapServers, topic, [
      {
        key: 'k',
        value: 'v',
        headers: [
          ['h', 'x'],
          ['h', null],
        ],
      },
      { key: null, value: null },
    ])
    const consumer = await newConsumer({ format: 'string' })
    await consumer.assign(topic, 0)
    const records = await consumer.recordsUntil(2, 'include=headers')
    assert.deepEqual(records, [
      {
        topic,
        key: 'k',
        value: 'v',
        partition: 0,
        offset: 0,
        headers: [
          { name: 'h', value: 'eA==' },
          { name: 'h', value: null },
        ],
      },
      { topic, key: null, value: null, partition: 0, offset: 1, headers: [] },
    ])
  })

  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
    test(`in ${codec} is read`, async () => {
      const topic = await newTopic()
      const values = Array.from({ length: 100 }, (_, index) => `${codec} ${index}`)
      await runKafkaTool(
        'org.apache.kafka.tools.ConsoleProducer',
        [...bootstrap, '--topic', topic, '--compression-codec', codec],
        { input: `${values.join('\n')}\n` },
      )
      const consumer = await newConsumer({ format: 'string' })
      await consumer.assign(topic, 0)
      const records = await consumer.recordsUntil(100)
      assert.deepEqual(
        records.map(({ value }) => value),
        values,
      )
    })
  }
})

describe('what the proxy wrote', { concurrency: true }, () => {
  const rows: [type: string, key: unknown, value: unknown, bytes: [string, string]][] = [
    [BINARY, 'aw==', 'AAH/', ['k', '\u0000\u0001\u00ff']],
    [JSON_V2, { id: 1 }, [1.5, 'x'], ['{"id":1}', '[1.5,"x"]']],
    [STRING, 'k', 'vä', ['k', 'v\u00c3\u00a4']],
  ]
  for (const [type, key, value, bytes] of rows) {
    test(`as ${type} is read by Kafka's console consumer, from both endpoints`, async () => {
      const topic = await newTopic()
      const headers = { 'content-type': type }
      const records = [{ key, value, timestamp: 1_600_000_000_000 }]
      await rest.post(`/topics/${topic}`, { records }, headers)
      await rest.post(`/topics/${topic}/partitions/0`, { records }, headers)
      const found = await consoleConsume(kafka.bootstrapServers, topic, 2)
      for (const [offset, record] of found.entries()) {
        assert.deepEqual(record, {
          partition: 0,
          offset,
          timestamp: 1_600_000_000_000,
          key: Buffer.from(bytes[0], 'latin1'),
          value: Buffer.from(bytes[1], 'latin1'),
          headers: [],
        })
      }
    })
  }

  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
    test(`to a topic of ${codec} is read by Kafka's console consumer`, async () => {
      const topic = await newTopic({ config: { 'compression.type': codec } })
      const values = Array.from({ length: 100 }, (_, index) => `${codec} ${index}`)
      const records = values.map((value) => ({ value }))
      await rest.post(`/topics/${topic}`, { records }, { 'content-type': STRING })
      const found = await consoleConsume(kafka.bootstrapServers, topic, 100)
      assert.deepEqual(
        found.map(({ value }) => String(value)),
        values,
      )
    })
  }
})

test("groups of the proxy are groups for Kafka's tools", async () => {
  const topic = await newTopic()
  await rest.post(`/topics/${topic}`, { records: [{ value: 'AA==' }, { value: 'AA==' }] })
  const consumer = await newConsumer()
  await consumer.subscribe(topic)
  await consumer.recordsUntil(2)
  await consumer.post('offsets')
  const text = await runKafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
    ...bootstrap,
    ...['--describe', '--group', consumer.group],
  ])
  const row = String(text)
    .split('\n')
    .find((line) => line.includes(topic))
  // GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG
  assert.deepEqual(row?.trim().split(/\s+/).slice(0, 6), [
    consumer.group,
    topic,
    '0',
    '2',
    '2',
    '0',
  ])
})
