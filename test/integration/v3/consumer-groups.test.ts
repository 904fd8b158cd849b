/** Consumer groups, their members and their lags in the v3 API. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { clientSettings, connected, disconnect, loadRdkafka } from '../../cluster/rdkafka-client.ts'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const { rest, newTopic, newConsumer, url, kafka } = await setTheStage()

let id = ''
let cluster = ''
before(async () => {
  id = (await rest.get('/v3/clusters')).body.data[0].cluster_id
  cluster = `/v3/clusters/${id}`
})

async function produce(topic: string, partition: number, count: number): Promise<void> {
  const records = Array.from({ length: count }, () => ({ value: 'YQ==' }))
  await rest.post(
    `/topics/${topic}/partitions/${partition}`,
    { records },
    { 'content-type': 'application/vnd.kafka.binary.v2+json' },
  )
}

const notFound = (message = 'HTTP 404 Not Found') => ({ error_code: 404, message })

test('a group with a member, its assignment and its lag', async () => {
  const topic = await newTopic({ partitions: 2 })
  const group = uniqueName('group')
  await produce(topic, 0, 5)
  await produce(topic, 1, 3)
  const consumer = await newConsumer({}, group)
  await consumer.subscribe(topic)
  await consumer.recordsUntil(8)
  const offsets = [
    { topic, partition: 0, offset: 1 },
    { topic, partition: 1, offset: 2 },
  ]
  assert.equal((await consumer.post('offsets', { offsets })).status, 200)

  const self = `${url}${cluster}/consumer-groups/${group}`
  const name = `crn:///kafka=${id}/consumer-group=${group}`
  const { body: described } = await rest.get(`${cluster}/consumer-groups/${group}`)
  assert.deepEqual(described, {
    kind: 'KafkaConsumerGroup',
    metadata: { self, resource_name: name },
    cluster_id: id,
    consumer_group_id: group,
    is_simple: false,
    partition_assignor: 'range',
    state: 'STABLE',
    type: 'CLASSIC',
    is_mixed_consumer_group: false,
    coordinator: { related: `${url}${cluster}/brokers/1` },
    consumers: { related: `${self}/consumers` },
    lag_summary: { related: `${self}/lag-summary` },
  })
  const { body: list } = await rest.get(`${cluster}/consumer-groups`)
  assert.deepEqual(
    list.data.find((each: { consumer_group_id: string }) => each.consumer_group_id === group),
    described,
  )

  const { body: consumers } = await rest.get(`${cluster}/consumer-groups/${group}/consumers`)
  const [member] = consumers.data
  const { consumer_id, client_id } = member
  assert.deepEqual(member, {
    kind: 'KafkaConsumer',
    metadata: {
      self: `${self}/consumers/${consumer_id}`,
      resource_name: `${name}/consumer=${consumer_id}`,
    },
    cluster_id: id,
    consumer_group_id: group,
    consumer_id,
    instance_id: null,
    client_id,
    assignments: { related: `${self}/consumers/${consumer_id}/assignments` },
  })
  const path = `${cluster}/consumer-groups/${group}`
  assert.deepEqual((await rest.get(`${path}/consumers/${consumer_id}`)).body, member)

  const { body: assignments } = await rest.get(`${path}/consumers/${consumer_id}/assignments`)
  assert.equal(assignments.data.length, 2)
  assert.deepEqual(assignments.data[1], {
    kind: 'KafkaConsumerAssignment',
    metadata: {
      self: `${self}/consumers/${consumer_id}/assignments/${topic}/partitions/1`,
      resource_name: `${name}/consumer=${consumer_id}/assignment=${topic}/partition=1`,
    },
    cluster_id: id,
    consumer_group_id: group,
    consumer_id,
    topic_name: topic,
    partition_id: 1,
    partition: { related: `${url}${cluster}/topics/${topic}/partitions/1` },
    lag: { related: `${self}/lags/${topic}/partitions/1` },
  })
  const assignment = `${path}/consumers/${consumer_id}/assignments/${topic}/partitions/1`
  assert.deepEqual((await rest.get(assignment)).body, assignments.data[1])

  const { body: lags } = await rest.get(`${path}/lags`)
  const lag = {
    kind: 'KafkaConsumerLag',
    metadata: {
      self: `${self}/lags/${topic}/partitions/0`,
      resource_name: `${name}/lag=${topic}/partition=0`,
    },
    cluster_id: id,
    consumer_group_id: group,
    topic_name: topic,
    partition_id: 0,
    consumer_id,
    instance_id: null,
    client_id,
    current_offset: 2,
    log_end_offset: 5,
    lag: 3,
  }
  assert.deepEqual(lags.data[0], lag)
  assert.deepEqual([lags.data.length, lags.data[1].lag], [2, 0])
  assert.deepEqual((await rest.get(`${path}/lags/${topic}/partitions/0`)).body, lag)
  assert.deepEqual((await rest.get(`${path}/lag-summary`)).body, {
    kind: 'KafkaConsumerGroupLagSummary',
    metadata: { self: `${self}/lag-summary`, resource_name: `${name}/lag-summary` },
    cluster_id: id,
    consumer_group_id: group,
    max_lag: 3,
    total_lag: 3,
    max_lag_consumer_id: consumer_id,
    max_lag_consumer: { related: `${self}/consumers/${consumer_id}` },
    max_lag_client_id: client_id,
    max_lag_instance_id: null,
    max_lag_topic_name: topic,
    max_lag_partition_id: 0,
    max_lag_partition: { related: `${url}${cluster}/topics/${topic}/partitions/0` },
  })

  for (const [below, message] of [
    ['consumers/none', undefined],
    ['consumers/none/assignments', 'Consumer none does not exist.'],
    [`consumers/${consumer_id}/assignments/${topic}/partitions/9`, undefined],
    [`lags/${topic}/partitions/9`, undefined],
  ] as const) {
    const { status, body } = await rest.get(`${path}/${below}`)
    assert.deepEqual([status, body], [404, notFound(message)], below)
  }

  await consumer.delete()
  const unassigned = (await rest.get(`${path}/lags/${topic}/partitions/0`)).body
  assert.deepEqual(
    [unassigned.consumer_id, unassigned.client_id, unassigned.instance_id],
    ['', '', null],
  )
  const summary = (await rest.get(`${path}/lag-summary`)).body
  assert.equal(summary.max_lag_consumer.related, `${self}/consumers`)
  assert.equal((await rest.get(path)).body.state, 'EMPTY')
})

test('a group that there is not is 404, each endpoint with its text', async () => {
  const group = uniqueName('none')
  const path = `${cluster}/consumer-groups/${group}`
  for (const [below, message] of [
    ['', undefined],
    ['/consumers', `Consumer Group ${group} does not exist.`],
    ['/consumers/m', `Consumer Group ${group} does not exist.`],
    ['/consumers/m/assignments', `Consumer Group ${group} does not exist.`],
    ['/lags', `Consumer Group ${group} could not be found.`],
    ['/lag-summary', `Consumer Group ${group} could not be found.`],
  ] as const) {
    const { status, body } = await rest.get(`${path}${below}`)
    assert.deepEqual([status, body], [404, notFound(message)], below)
  }
})

test('a group that has committed nothing has no lags', async () => {
  const topic = await newTopic()
  const group = uniqueName('group')
  const consumer = await newConsumer({}, group)
  await consumer.subscribe(topic)
  await consumer.read('timeout=10')
  await until('the group', async () => {
    const { body } = await rest.get(`${cluster}/consumer-groups/${group}`)
    return body.state === 'STABLE'
  })
  const { status, body } = await rest.get(`${cluster}/consumer-groups/${group}/lags`)
  assert.deepEqual([status, body], [404, notFound('Consumer group offsets could not be found.')])
})

test('a topic that was deleted has no lag, and the others keep theirs', async () => {
  const [kept, gone] = [await newTopic(), await newTopic()]
  const group = uniqueName('group')
  const consumer = await newConsumer({}, group)
  const partitions = [kept, gone].map((topic) => ({ topic, partition: 0 }))
  await consumer.post('assignments', { partitions })
  await produce(kept, 0, 4)
  await produce(gone, 0, 4)
  const offsets = partitions.map((partition) => ({ ...partition, offset: 0 }))
  assert.equal((await consumer.post('offsets', { offsets })).status, 200)
  await rest.delete(`${cluster}/topics/${gone}`)
  await until('its end', async () => (await rest.get(`${cluster}/topics/${gone}`)).status === 404)
  const { status, body, text } = await rest.get(`${cluster}/consumer-groups/${group}/lags`)
  assert.equal(status, 200, text)
  const topics = body.data.map((each: { topic_name: string }) => each.topic_name)
  assert.deepEqual(topics, [kept])
})

test('a group of the new protocol tells whether it has a member of the classic one', {
  timeout: 600_000,
}, async (t) => {
  const topic = await newTopic({ partitions: 2 })
  const group = uniqueName('group')
  const { KafkaConsumer } = loadRdkafka()
  const settings = { 'group.id': group, 'group.protocol': 'consumer' } as const
  const member = await connected(
    new KafkaConsumer({ ...clientSettings(kafka.bootstrapServers), ...settings }, {}),
  )
  t.after(() => disconnect(member))
  member.subscribe([topic])
  member.consume()
  const states = new Set<string>()
  const isNow = (type: string, isMixed: boolean, members: number) => async () => {
    const { body } = await rest.get(`${cluster}/consumer-groups/${group}`)
    const { body: list } = await rest.get(`${cluster}/consumer-groups/${group}/consumers`)
    states.add(body.state)
    return (
      body.type === type &&
      body.is_mixed_consumer_group === isMixed &&
      body.state === 'STABLE' &&
      list.data.length === members
    )
  }
  await until('a group of one member', isNow('CONSUMER', false, 1), 240_000)
  const classic = await newConsumer({}, group)
  await classic.subscribe(topic)
  // A member joins with its first read.
  const joining = until('a mixed group', isNow('CONSUMER', true, 2), 240_000)
  let hasJoined = false
  void joining.finally(() => {
    hasJoined = true
  })
  while (!hasJoined) await rest.get(`${classic.path}/records?timeout=100`)
  await joining
  assert.equal((await rest.delete(classic.path)).status, 204)
  await until('a group of one member again', isNow('CONSUMER', false, 1), 240_000)
  assert.ok(!states.has('DEAD'))
  const known = ['STABLE', 'EMPTY', 'ASSIGNING', 'RECONCILING', undefined]
  assert.deepEqual(
    [...states].filter((state) => !known.includes(state)),
    [],
  )
})
