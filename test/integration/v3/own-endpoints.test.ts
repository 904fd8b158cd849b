/** Endpoints of the v3 API that only Sluice has: offsets of groups, deletion of records, and users of SCRAM. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { runKafkaTool } from '../../cluster/kafka-tool.ts'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const { kafka, rest, url, newTopic, newConsumer } = await setTheStage()

let id = ''
let cluster = ''
before(async () => {
  id = (await rest.get('/v3/clusters')).body.data[0].cluster_id
  cluster = `/v3/clusters/${id}`
})

const tool = async (main: string, ...args: readonly string[]) =>
  String(await runKafkaTool(main, ['--bootstrap-server', kafka.bootstrapServers, ...args]))
const toldOffsets = (group: string) =>
  tool(
    'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
    ...['--describe', '--offsets', '--group', group],
  )

const BINARY = { 'content-type': 'application/vnd.kafka.binary.v2+json' }

/** Writes five records to a partition, a millisecond of their timestamps apart. */
async function writeFive(topic: string, partition: number): Promise<void> {
  const records = [1000, 2000, 3000, 4000, 5000].map((timestamp) => ({ value: 'YQ==', timestamp }))
  const path = `/topics/${topic}/partitions/${partition}`
  assert.equal((await rest.post(path, { records }, BINARY)).status, 200)
}

/** A topic of two partitions with five records each, and a group that has committed 2 for the first. */
async function committedGroup(): Promise<{ topic: string; group: string; path: string }> {
  const topic = await newTopic({ partitions: 2 })
  await writeFive(topic, 0)
  await writeFive(topic, 1)
  const group = uniqueName('group')
  const path = `${cluster}/consumer-groups/${group}`
  const reset = {
    strategy: 'OFFSET',
    value: 2,
    topics: [{ topic_name: topic, partition_ids: [0] }],
  }
  await until('the offsets', async () => {
    return (await rest.post(`${path}/offsets:reset`, reset)).status === 200
  })
  return { topic, group, path }
}

const failure = (error_code: number, message: string) => ({ error_code, message })

test('the offsets of a group come with the ends of their partitions', async () => {
  const { topic, group, path } = await committedGroup()
  const { status, body } = await rest.get(`${path}/offsets`)
  assert.equal(status, 200)
  assert.deepEqual(body, {
    kind: 'KafkaConsumerGroupOffsetList',
    metadata: { self: `${url}${path}/offsets`, next: null },
    data: [
      {
        kind: 'KafkaConsumerGroupOffset',
        metadata: {
          self: `${url}${path}/offsets/${topic}/partitions/0`,
          resource_name: `crn:///kafka=${id}/consumer-group=${group}/offset=${topic}/partition=0`,
        },
        cluster_id: id,
        consumer_group_id: group,
        topic_name: topic,
        partition_id: 0,
        current_offset: 2,
        log_end_offset: 5,
        lag: 3,
      },
    ],
  })
  assert.match(await toldOffsets(group), new RegExp(`${topic}\\s+0\\s+2\\s+5\\s+3`))
  const none = uniqueName('none')
  const missing = await rest.get(`${cluster}/consumer-groups/${none}/offsets`)
  assert.deepEqual(missing.body, failure(404, `Consumer Group ${none} could not be found.`))
})

test('a reset goes where its strategy says, and stays within the partitions', async () => {
  const { topic, group, path } = await committedGroup()
  const reset = async (body: object) => {
    const { status, body: answer, text } = await rest.post(`${path}/offsets:reset`, body)
    assert.equal(status, 200, text)
    return answer.data.map(
      (each: { partition_id: number; previous_offset: number; current_offset: number }) => [
        each.partition_id,
        each.previous_offset,
        each.current_offset,
      ],
    )
  }
  assert.deepEqual(await reset({ strategy: 'LATEST', validate_only: true }), [[0, 2, 5]])
  assert.deepEqual(await reset({ strategy: 'SHIFT', value: 2 }), [[0, 2, 4]])
  assert.deepEqual(await reset({ strategy: 'SHIFT', value: -9 }), [[0, 4, 0]])
  assert.deepEqual(await reset({ strategy: 'OFFSET', value: 99 }), [[0, 0, 5]])
  assert.deepEqual(await reset({ strategy: 'TIMESTAMP', value: 2500 }), [[0, 5, 2]])
  assert.deepEqual(await reset({ strategy: 'TIMESTAMP', value: 9000 }), [[0, 2, 5]])
  assert.deepEqual(await reset({ strategy: 'EARLIEST', topics: [{ topic_name: topic }] }), [
    [0, 5, 0],
    [1, null, 0],
  ])
  const told = await toldOffsets(group)
  assert.match(told, new RegExp(`${topic}\\s+0\\s+0\\s+5\\s+5`))
  assert.match(told, new RegExp(`${topic}\\s+1\\s+0\\s+5\\s+5`))
})

test('a reset that cannot be is refused, and changes nothing', async () => {
  const { topic, path } = await committedGroup()
  const topics = (topic_name: string, ...partition_ids: number[]) => [{ topic_name, partition_ids }]
  for (const [body, status, code, message] of [
    [{ strategy: 'SIDEWAYS' }, 400, 400, /strategy is SIDEWAYS; it is one of EARLIEST/],
    [{ strategy: 'SHIFT' }, 400, 400, /needs a value/],
    [{ strategy: 'LATEST', value: 1 }, 400, 400, /has no value/],
    [{ strategy: 'OFFSET', value: -1 }, 400, 400, /at least 0/],
    [{ strategy: 'SHIFT', value: 1, topics: topics(topic, 1) }, 400, 400, /partition 1 of topic/],
    [{ strategy: 'LATEST', topics: topics(topic, 7) }, 404, 40402, /^Partition not found/],
    [{ strategy: 'LATEST', topics: topics(uniqueName('none')) }, 404, 40403, /does not host/],
    [{ strategy: 'LATEST', topics: [] }, 404, 404, /offsets could not be found/],
    [{}, 400, 400, /strategy is missing/],
    ['', 422, 42206, /Null input/],
  ] as const) {
    const type = { 'content-type': 'application/json' }
    const response = await rest.post(`${path}/offsets:reset`, body, type)
    assert.deepEqual([response.status, response.body.error_code], [status, code], response.text)
    assert.match(response.body.message, message)
  }
  assert.equal((await rest.get(`${path}/offsets`)).body.data[0].current_offset, 2)
})

test('a group with members is neither reset nor deleted', async () => {
  const topic = await newTopic()
  await writeFive(topic, 0)
  const group = uniqueName('group')
  const consumer = await newConsumer({}, group)
  await consumer.subscribe(topic)
  const path = `${cluster}/consumer-groups/${group}`
  await until('the member', async () => {
    return (await rest.get(`${path}/consumers`)).body.data?.length === 1
  })
  const reset = { strategy: 'EARLIEST', topics: [{ topic_name: topic }] }
  for (const response of [
    await rest.post(`${path}/offsets:reset`, reset),
    await rest.delete(path),
  ]) {
    assert.deepEqual([response.status, response.body.error_code], [400, 40002], response.text)
  }
  await consumer.delete()
  await until('the end of the member', async () => {
    return (await rest.post(`${path}/offsets:reset`, reset)).status === 200
  })
  assert.deepEqual((await rest.delete(path)).status, 204)
})

test('offsets of a topic are deleted, and then the group', async () => {
  const { topic, group, path } = await committedGroup()
  const other = await newTopic()
  const topics = [{ topic_name: other }]
  await until('the topic', async () => {
    return (await rest.post(`${path}/offsets:reset`, { strategy: 'LATEST', topics })).status === 200
  })
  const deleted = await rest.delete(`${path}/offsets/${topic}`)
  assert.deepEqual([deleted.status, deleted.text], [204, ''])
  const { body } = await rest.get(`${path}/offsets`)
  assert.deepEqual(
    body.data.map((each: { topic_name: string }) => each.topic_name),
    [other],
  )
  assert.deepEqual(
    (await rest.delete(`${path}/offsets/${topic}`)).body,
    failure(404, 'Consumer group offsets could not be found.'),
  )
  assert.equal((await rest.delete(path)).status, 204)
  assert.deepEqual(
    (await rest.delete(path)).body,
    failure(404, `Consumer Group ${group} could not be found.`),
  )
  const told = tool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', '--list')
  assert.ok(!(await told).includes(group))
})

test('records before an offset are deleted', async () => {
  const topic = await newTopic({ partitions: 2 })
  await writeFive(topic, 0)
  await writeFive(topic, 1)
  const path = `${cluster}/topics/${topic}/records:delete`
  const data = [
    { partition_id: 1, offset: -1 },
    { partition_id: 0, offset: 3 },
  ]
  const deleted = await rest.post(path, { data })
  assert.equal(deleted.status, 200)
  assert.deepEqual(deleted.body.data, [
    { topic_name: topic, partition_id: 0, earliest_offset: 3 },
    { topic_name: topic, partition_id: 1, earliest_offset: 5 },
  ])
  const told = await tool('org.apache.kafka.tools.GetOffsetShell', '--topic', topic, '--time', '-2')
  assert.deepEqual(told.trim().split('\n').sort(), [`${topic}:0:3`, `${topic}:1:5`])

  const part = await rest.post(path, {
    data: [
      { partition_id: 0, offset: 4 },
      { partition_id: 1, offset: 99 },
    ],
  })
  assert.equal(part.status, 207)
  assert.deepEqual(part.body.data[0], { topic_name: topic, partition_id: 0, earliest_offset: 4 })
  assert.equal(part.body.data[1].error_code, 50002)
  for (const [body, code] of [
    [{ data: [{ partition_id: 2, offset: 0 }] }, 40402],
    [{ data: [data[0], data[0]] }, 400],
    [{ data: [{ partition_id: 0, offset: -2 }] }, 422],
    [{ data: [{ partition_id: 0, offset: 99 }] }, 50002],
  ] as const) {
    assert.equal((await rest.post(path, body)).body.error_code, code)
  }
  const none = `${cluster}/topics/${uniqueName('none')}/records:delete`
  assert.equal((await rest.post(none, { data })).body.error_code, 40403)
})

test('a user of SCRAM is set, described and deleted, and no answer has the password', async () => {
  const user = uniqueName('user')
  const path = `${cluster}/scram-users/${user}`
  assert.equal((await rest.get(path)).status, 404)
  const secret = 'wonder=land,"x'
  const set = await rest.send('PUT', `${path}/SCRAM-SHA-256`, {
    password: secret,
    iterations: 8192,
  })
  assert.deepEqual([set.status, set.text], [204, ''])
  await until('the user', async () => (await rest.get(path)).status === 200)
  const resource = {
    kind: 'KafkaScramUser',
    metadata: { self: `${url}${path}`, resource_name: `crn:///kafka=${id}/scram-user=${user}` },
    cluster_id: id,
    user_name: user,
    credentials: [{ mechanism: 'SCRAM-SHA-256', iterations: 8192 }],
  }
  assert.deepEqual((await rest.get(path)).body, resource)
  const { body: list } = await rest.get(`${cluster}/scram-users`)
  assert.deepEqual(
    list.data.filter((each: { user_name: string }) => each.user_name === user),
    [resource],
  )
  const told = await tool(
    'kafka.admin.ConfigCommand',
    ...['--describe', '--entity-type', 'users', '--entity-name', user],
  )
  assert.match(told, /SCRAM-SHA-256=iterations=8192/)

  const type = { 'content-type': 'application/json' }
  for (const body of [
    '',
    `{"password":"${'s'.repeat(9)}`,
    '{"password":{"sss":"sss"}}',
    '{"password":["sss"]}',
    '{"password":"sss","iterations":"sss"}',
    '{"password":"sss","iterations":1}',
    '{"sss":"sss"}',
    '{"password":""}',
  ]) {
    const { status, text } = await rest.send('PUT', `${path}/SCRAM-SHA-512`, body, type)
    assert.equal(status, 400, text)
    assert.doesNotMatch(text, /sss/)
  }
  const unknown = await rest.send('PUT', `${path}/MD5`, { password: 'x' })
  assert.equal(unknown.status, 404)

  assert.equal((await rest.delete(`${path}/SCRAM-SHA-256`)).status, 204)
  await until('the end of the user', async () => (await rest.get(path)).status === 404)
  assert.equal((await rest.delete(`${path}/SCRAM-SHA-256`)).status, 404)
})
