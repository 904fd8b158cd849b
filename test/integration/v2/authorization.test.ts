/** A Kafka that refuses: topics and groups that we may not use, and topics that nobody makes. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startKafka } from '../../cluster/kafka.ts'
import { runKafkaTool } from '../../cluster/kafka-tool.ts'
import type { ConsumerClient } from '../consumer-client.ts'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const kafka = await startKafka({
  config: {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'true',
    'auto.create.topics.enable': 'false',
  },
})
const { rest, newTopic, newConsumer } = await setTheStage({}, { kafka })

type Kind = 'topic' | 'group'

/** Lets nobody do `operations` to a topic or a group. */
async function deny(kind: Kind, name: string, ...operations: string[]): Promise<void> {
  await changeDenials('--add', kind, name, operations)
}

/** Takes that back. */
async function permit(kind: Kind, name: string, ...operations: string[]): Promise<void> {
  await changeDenials('--remove', kind, name, operations)
}

async function changeDenials(change: string, kind: Kind, name: string, operations: string[]) {
  await runKafkaTool('org.apache.kafka.tools.AclCommand', [
    ...['--bootstrap-server', kafka.bootstrapServers, change, '--force'],
    ...['--deny-principal', 'User:*', `--${kind}`, name],
    ...operations.flatMap((operation) => ['--operation', operation]),
  ])
}

const [hidden, readOnly, writeOnly] = [await newTopic(), await newTopic(), await newTopic()]
const hiddenGroup = uniqueName('hidden')
await Promise.all([
  deny('topic', hidden, 'All'),
  deny('topic', readOnly, 'Write'),
  deny('topic', writeOnly, 'Read'),
  deny('group', hiddenGroup, 'All'),
])

describe('a topic that we may not', { concurrency: true }, () => {
  test('write to is told record by record, in a 403', async () => {
    const { status, headers, body } = await rest.post(`/topics/${readOnly}`, { records: [{}, {}] })
    assert.equal(status, 403)
    assert.equal(headers['x-failed-records'], '2')
    const refused = {
      partition: null,
      offset: null,
      error_code: 40301,
      error: `Not authorized to access topics: [${readOnly}]`,
    }
    assert.deepEqual(body, {
      offsets: [refused, refused],
      key_schema_id: null,
      value_schema_id: null,
    })
  })

  test('describe is not listed, and 40301 by name', async () => {
    assert.ok(!(await rest.get('/topics')).body.includes(hidden))
    for (const path of ['', '/partitions', '/partitions/0', '/partitions/0/offsets']) {
      const { status, body } = await rest.get(`/topics/${hidden}${path}`)
      assert.deepEqual([status, body.error_code], [403, 40301], path)
      assert.equal(body.message, `Not authorized to access topics: [${hidden}]`)
    }
  })

  test('describe is a 403 to write to, in bounded time', async () => {
    const { status, body } = await rest.post(`/topics/${hidden}`, { records: [{}] })
    assert.deepEqual([status, body.offsets[0].error_code], [403, 40301])
  })

  for (const kind of ['assigned', 'subscribed']) {
    test(`read is 40301 to every read when it is ${kind}, though we may use the group`, async () => {
      await rest.post(`/topics/${writeOnly}`, { records: [{ value: '' }] })
      const consumer = await newConsumer({ 'consumer.request.timeout.ms': 3000 })
      if (kind === 'assigned') await consumer.assign(writeOnly, 0)
      else await consumer.subscribe(writeOnly)
      for (let i = 0; i < 4; i++) {
        const { status, body } = await consumer.read()
        assert.deepEqual([status, body.error_code], [403, 40301], `read ${i}`)
        assert.equal(body.message, `Not authorized to access topics: [${writeOnly}]`)
      }
    })
  }

  for (const kind of ['assigned', 'subscribed']) {
    test(`read any more is read again soon after we may, when it is ${kind}`, async () => {
      const topic = await newTopic()
      const consumer = await newConsumer({ 'consumer.request.timeout.ms': 1000 })
      if (kind === 'assigned') await consumer.assign(topic, 0)
      else await consumer.subscribe(topic)
      await until('the assignment', async () => {
        await consumer.read()
        return (await consumer.get('assignments')).body.partitions.length === 1
      })
      await deny('topic', topic, 'All')
      await assertReadOncePermitted(topic, consumer)
    })
  }

  test('describe, when it is assigned, is read soon after we may', async () => {
    const topic = await newTopic()
    await deny('topic', topic, 'All')
    const consumer = await newConsumer({ 'consumer.request.timeout.ms': 1000 })
    await consumer.assign(topic, 0)
    await assertReadOncePermitted(topic, consumer)
  })

  async function assertReadOncePermitted(topic: string, consumer: ConsumerClient): Promise<void> {
    await until('a refusal', async () => (await consumer.read()).status === 403)
    await permit('topic', topic, 'All')
    await until('an empty answer', async () => (await consumer.read()).status === 200)
    await rest.post(`/topics/${topic}`, { records: [{ value: 'AA==' }] })
    await until('the record', async () => (await consumer.read()).body.length === 1)
  }

  test('describe is 40301 to subscribe to and read', async () => {
    const consumer = await newConsumer({ 'consumer.request.timeout.ms': 3000 })
    await consumer.subscribe(hidden)
    const { status, body } = await consumer.read()
    assert.deepEqual([status, body.error_code], [403, 40301])
    assert.equal(body.message, `Not authorized to access topics: [${hidden}]`)
  })
})

describe('a group that we may not use is 40301', { concurrency: true }, () => {
  test('to the reads of its members', async () => {
    const topic = await newTopic()
    const consumer = await newConsumer({ 'consumer.request.timeout.ms': 5000 }, hiddenGroup)
    await consumer.subscribe(topic)
    for (let i = 0; i < 2; i++) {
      const { status, body } = await consumer.read()
      assert.deepEqual([status, body.error_code], [403, 40301])
      assert.equal(body.message, `Not authorized to access group: ${hiddenGroup}`)
    }
  })

  test('to questions for its offsets', async () => {
    const topic = await newTopic()
    const consumer = await newConsumer({}, hiddenGroup)
    const { status, body } = await consumer.committed(topic, 0)
    assert.deepEqual([status, body.error_code], [403, 40301])
  })

  test('to commits, soon', async () => {
    const topic = await newTopic()
    const consumer = await newConsumer({}, hiddenGroup)
    await consumer.assign(topic, 0)
    const offsets = [{ topic, partition: 0, offset: 0 }]
    const started = performance.now()
    for (let i = 0; i < 3; i++) {
      const { status, body } = await consumer.post('offsets', { offsets })
      assert.deepEqual([status, body.error_code], [403, 40301])
      assert.equal(body.message, `Not authorized to access group: ${hiddenGroup}`)
    }
    assert.ok(performance.now() - started < 8000)
  })
})

describe('a topic that does not exist, and that nobody makes', { concurrency: true }, () => {
  test('fails all records in seconds, not in as many waits as there are records', async () => {
    const topic = uniqueName('nobody')
    const started = performance.now()
    const { status, headers, body } = await rest.post(`/topics/${topic}`, {
      records: [{}, {}, { partition: 3 }],
    })
    assert.ok(performance.now() - started < 10_000)
    assert.equal(status, 200)
    assert.equal(headers['x-failed-records'], '3')
    for (const { error_code, error } of body.offsets) {
      assert.equal(error_code, 50003)
      assert.match(error, /not present in metadata/)
    }
    assert.equal((await rest.get(`/topics/${topic}`)).body.error_code, 40403)
  })

  test('is written to soon after it is made', async () => {
    const topic = uniqueName('later')
    const produce = async () => {
      const { body } = await rest.post(`/topics/${topic}`, { records: [{}] })
      return body.offsets[0].error_code
    }
    assert.equal(await produce(), 50003)
    await kafka.createTopic(topic)
    await until('a record is taken', async () => (await produce()) === null, 10_000)
  })
})
