/** Clusters, brokers, topics, partitions and replicas of the v3 API. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const { rest, newTopic, url } = await setTheStage()

let id = ''
let cluster = ''
before(async () => {
  id = (await rest.get('/v3/clusters')).body.data[0].cluster_id
  cluster = `/v3/clusters/${id}`
})

/** Waits until the broker that answers has heard of a topic. */
async function untilThere(topic: string): Promise<void> {
  await until(
    'the answer',
    async () => (await rest.get(`${cluster}/topics/${topic}`)).status === 200,
  )
}

test('the cluster is the only one in the list, with links to what it has', async () => {
  const { status, body } = await rest.get('/v3/clusters')
  assert.equal(status, 200)
  assert.equal(body.kind, 'KafkaClusterList')
  assert.deepEqual(body.metadata, { self: `${url}/v3/clusters`, next: null })
  assert.equal(body.data.length, 1)
  const [{ controller, ...rest_ }] = body.data
  assert.match(controller.related, /\/brokers\/\d+$/)
  const self = `${url}${cluster}`
  assert.deepEqual(rest_, {
    kind: 'KafkaCluster',
    metadata: { self, resource_name: `crn:///kafka=${id}` },
    cluster_id: id,
    acls: { related: `${self}/acls` },
    brokers: { related: `${self}/brokers` },
    broker_configs: { related: `${self}/broker-configs` },
    consumer_groups: { related: `${self}/consumer-groups` },
    topics: { related: `${self}/topics` },
    partition_reassignments: { related: `${self}/topics/-/partitions/-/reassignment` },
  })
  assert.deepEqual((await rest.get(cluster)).body.cluster_id, id)
})

test('another cluster does not exist, and the message tells which endpoint was asked', async () => {
  const other = '/v3/clusters/other'
  for (const [path, message] of [
    [other, 'HTTP 404 Not Found'],
    [`${other}/brokers`, 'Cluster other cannot be found.'],
    [`${other}/topics`, 'Cluster other cannot be found.'],
    [`${other}/topics/t/configs`, 'HTTP 404 Not Found'],
    [`${other}/topics/t/partitions`, 'Cluster other cannot be found.'],
    [`${other}/topics/t/partitions/0`, 'HTTP 404 Not Found'],
    [`${other}/consumer-groups`, 'Cluster other could not be found.'],
    [`${other}/consumer-groups/g/lags`, 'Cluster other could not be found.'],
    [`${other}/acls`, 'Cluster other cannot be found.'],
  ]) {
    const { status, body } = await rest.get(path as string)
    assert.deepEqual([status, body], [404, { error_code: 404, message }], path)
  }
})

test('behind the alias the same is served, with links that stay there', async () => {
  const { status, body } = await rest.get('/kafka/v3/clusters')
  assert.equal(status, 200)
  assert.equal(body.metadata.self, `${url}/kafka/v3/clusters`)
  assert.equal(body.data[0].metadata.self, `${url}/kafka${cluster}`)
})

test('brokers have their address, and one that there is not is not found at once', async () => {
  const { body } = await rest.get(`${cluster}/brokers`)
  assert.equal(body.kind, 'KafkaBrokerList')
  const [broker] = body.data
  const { port, ...others } = broker
  assert.equal(typeof port, 'number')
  const self = `${url}${cluster}/brokers/1`
  assert.deepEqual(others, {
    kind: 'KafkaBroker',
    metadata: { self, resource_name: `crn:///kafka=${id}/broker=1` },
    cluster_id: id,
    broker_id: 1,
    host: '127.0.0.1',
    rack: null,
    configs: { related: `${self}/configs` },
    partition_replicas: { related: `${self}/partition-replicas` },
  })
  assert.deepEqual((await rest.get(`${cluster}/brokers/1`)).body, broker)
  for (const path of ['brokers/77', 'brokers/foobar', 'brokers/77/configs']) {
    const { status, body: error } = await rest.get(`${cluster}/${path}`)
    assert.deepEqual([status, error], [404, { error_code: 404, message: 'HTTP 404 Not Found' }])
  }
})

test('a topic is created, described, listed, enlarged and deleted', async () => {
  const name = uniqueName('v3')
  const created = await rest.post(`${cluster}/topics`, {
    topic_name: name,
    partitions_count: 2,
    replication_factor: 1,
    configs: [{ name: 'cleanup.policy', value: 'compact' }],
  })
  const self = `${url}${cluster}/topics/${name}`
  const topic = {
    kind: 'KafkaTopic',
    metadata: { self, resource_name: `crn:///kafka=${id}/topic=${name}` },
    cluster_id: id,
    topic_name: name,
    is_internal: false,
    replication_factor: 1,
    partitions_count: 2,
    partitions: { related: `${self}/partitions` },
    configs: { related: `${self}/configs` },
    partition_reassignments: { related: `${self}/partitions/-/reassignment` },
    authorized_operations: [],
  }
  assert.equal(created.status, 201)
  assert.equal(created.headers.location, self)
  assert.deepEqual(created.body, topic)
  await untilThere(name)

  const again = await rest.post(`${cluster}/topics`, { topic_name: name })
  assert.deepEqual(
    [again.status, again.body],
    [400, { error_code: 40002, message: `Topic '${name}' already exists.` }],
  )
  assert.deepEqual((await rest.get(`${cluster}/topics/${name}`)).body, topic)
  const { body: list } = await rest.get(`${cluster}/topics`)
  const names = list.data.map((each: { topic_name: string }) => each.topic_name)
  assert.deepEqual(names, [...names].sort())
  assert.ok(names.includes(name))

  const enlarged = await rest.send('PATCH', `${cluster}/topics/${name}`, { partitions_count: 3 })
  assert.deepEqual([enlarged.status, enlarged.body.partitions_count], [200, 3])
  const same = await rest.send('PATCH', `${cluster}/topics/${name}`, { partitions_count: 3 })
  assert.deepEqual([same.status, same.body.error_code], [400, 40002])

  const deleted = await rest.delete(`${cluster}/topics/${name}`)
  assert.deepEqual([deleted.status, deleted.text], [204, ''])
  await until(
    'the answer',
    async () => (await rest.get(`${cluster}/topics/${name}`)).status === 404,
  )
  for (const gone of [
    await rest.get(`${cluster}/topics/${name}`),
    await rest.delete(`${cluster}/topics/${name}`),
  ]) {
    assert.deepEqual(gone.body, {
      error_code: 40403,
      message: 'This server does not host this topic-partition.',
    })
  }
})

test('counts that a request leaves to the cluster are those of the topic', async () => {
  const name = uniqueName('v3')
  const { status, body } = await rest.post(`${cluster}/topics`, { topic_name: name })
  assert.equal(status, 201)
  assert.deepEqual([body.partitions_count, body.replication_factor], [1, 1])
})

test('assignments decide on partitions and replicas', async () => {
  const name = uniqueName('v3')
  const { status, body } = await rest.post(`${cluster}/topics`, {
    topic_name: name,
    replicas_assignments: { 0: [1], 1: [1] },
  })
  assert.equal(status, 201)
  assert.deepEqual([body.partitions_count, body.replication_factor], [2, 1])
})

test('a topic that is only validated is not created', async () => {
  const name = uniqueName('v3')
  const valid = await rest.post(`${cluster}/topics`, {
    topic_name: name,
    partitions_count: 4,
    replication_factor: 1,
    validate_only: true,
  })
  assert.deepEqual([valid.status, valid.body.partitions_count], [200, 4])
  const invalid = await rest.post(`${cluster}/topics`, {
    topic_name: name,
    replication_factor: 5,
    validate_only: true,
  })
  assert.deepEqual([invalid.status, invalid.body.error_code], [400, 40002])
  assert.equal((await rest.get(`${cluster}/topics/${name}`)).status, 404)
})

test('requests for topics that cannot be are refused with the texts of the original', async () => {
  const post = (body: string | object | undefined) =>
    rest.post(`${cluster}/topics`, body, { 'content-type': 'application/json' })
  for (const [body, status, code, message] of [
    ['', 422, 42206, /^Payload error\. Request body is empty\. Data is required\.$/],
    [{ topic_name: 'a b' }, 422, 42206, /^Payload error\. Invalid topic name\.$/],
    [{ topic_name: '..' }, 422, 42206, /^Payload error\. Invalid topic name\.$/],
    [{}, 400, 400, /topic_name is missing/],
    ['"foobar"', 400, 400, /expected an object/],
    ['{"topic_name":', 400, 400, /not JSON/],
    [{ topic_name: 't', foo: 1 }, 422, 422, /^Unrecognized field: foo$/],
    [{ topic_name: 't', partitions_count: 'A' }, 400, 400, /expected an integer/],
    [{ topic_name: 't', partitions_count: 0 }, 400, 40002, /partitions/],
  ] as const) {
    const response = await post(body)
    assert.deepEqual([response.status, response.body.error_code], [status, code], response.text)
    assert.match(response.body.message, message)
  }
})

test('what follows a body, and numbers as texts, are taken as Jackson takes them', async () => {
  const name = uniqueName('v3')
  const body = `{"topic_name":"${name}","partitions_count":"2","replication_factor":1.9}}`
  const { status, text } = await rest.post(`${cluster}/topics`, body, {
    'content-type': 'application/json',
  })
  assert.equal(status, 201, text)
})

test('partitions, offsets and replicas of a topic', async () => {
  const name = await newTopic({ partitions: 2 })
  const self = `${url}${cluster}/topics/${name}/partitions`
  const { body: list } = await rest.get(`${cluster}/topics/${name}/partitions`)
  assert.equal(list.kind, 'KafkaPartitionList')
  assert.deepEqual(list.data[1], {
    kind: 'KafkaPartition',
    metadata: {
      self: `${self}/1`,
      resource_name: `crn:///kafka=${id}/topic=${name}/partition=1`,
    },
    cluster_id: id,
    topic_name: name,
    partition_id: 1,
    leader: { related: `${self}/1/replicas/1` },
    replicas: { related: `${self}/1/replicas` },
    reassignment: { related: `${self}/1/reassignment` },
  })
  const one = await rest.get(`${cluster}/topics/${name}/partitions/1`)
  assert.deepEqual(one.body, list.data[1])

  await rest.post(
    `/topics/${name}/partitions/1`,
    { records: [{ value: 'YQ==' }, { value: 'Yg==' }] },
    { 'content-type': 'application/vnd.kafka.binary.v2+json' },
  )
  const { body: offsets } = await rest.get(`${cluster}/topics/${name}/partitions/1/offset`)
  assert.deepEqual(offsets, {
    kind: 'KafkaPartitionWithOffsets',
    metadata: {
      self: `${self}/1/offset`,
      resource_name: `crn:///kafka=${id}/topic=${name}/partition=1/offset_type=earliest_and_latest`,
    },
    cluster_id: id,
    topic_name: name,
    partition_id: 1,
    earliest_offset: 0,
    latest_offset: 2,
  })

  const { body: replicas } = await rest.get(`${cluster}/topics/${name}/partitions/1/replicas`)
  assert.deepEqual(replicas.data, [
    {
      kind: 'KafkaReplica',
      metadata: {
        self: `${self}/1/replicas/1`,
        resource_name: `crn:///kafka=${id}/topic=${name}/partition=1/replica=1`,
      },
      cluster_id: id,
      topic_name: name,
      partition_id: 1,
      broker_id: 1,
      is_leader: true,
      is_in_sync: true,
      broker: { related: `${url}${cluster}/brokers/1` },
    },
  ])
  const replica = await rest.get(`${cluster}/topics/${name}/partitions/1/replicas/1`)
  assert.deepEqual(replica.body, replicas.data[0])
})

test('what a partition does not have is not found, with the texts of the original', async () => {
  const name = await newTopic()
  const none = uniqueName('none')
  const plain = [404, 'HTTP 404 Not Found'] as const
  for (const [path, code, message] of [
    [`${name}/partitions/5`, ...plain],
    [`${name}/partitions/x`, ...plain],
    [`${name}/partitions/5/offset`, 40402, 'Partition not found.'],
    [`${name}/partitions/0/replicas/9`, ...plain],
    [
      `${name}/partitions/5/replicas`,
      404,
      `Partition 5 of topic ${name} could not be found on cluster ${id}.`,
    ],
    [
      `${none}/partitions/0`,
      40403,
      `This server does not host topic-partition 0 for topic ${none}`,
    ],
    [`${none}/partitions`, 40403, 'This server does not host this topic-partition.'],
  ] as const) {
    const { status, body } = await rest.get(`${cluster}/topics/${path}`)
    assert.deepEqual([status, body], [404, { error_code: code, message }], path)
  }
  const bad = await rest.get(`${cluster}/topics/${name}/partitions/0/offset?offset_type=x`)
  assert.deepEqual(bad.body, { error_code: 400, message: 'Bad Request: offset_type:x is invalid' })
})

test('other content types, methods and paths are refused', async () => {
  const type = await rest.post(`${cluster}/topics`, '{}', { 'content-type': 'text/plain' })
  assert.deepEqual(type.body, { error_code: 415, message: 'HTTP 415 Unsupported Media Type' })
  const accept = await rest.get(`${cluster}/topics`, { accept: 'text/html' })
  assert.deepEqual(accept.body, { error_code: 406, message: 'HTTP 406 Not Acceptable' })
  assert.equal((await rest.send('PUT', `${cluster}/topics`)).status, 405)
  assert.equal((await rest.get(`${cluster}/links`)).status, 404)
  assert.equal((await rest.get('/v3')).status, 404)
})
