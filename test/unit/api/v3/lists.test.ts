/** Lists of the v3 API: large ones are written piece by piece, and what the client may not see is left out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { RestError } from '../../../../src/errors.ts'
import { KAFKA_ERRORS } from '../../../../src/kafka/kafka-errors.ts'
import { type Answered, serve } from '../fake-server.ts'

const TOPICS = '/v3/clusters/c/topics'
const GROUPS = '/v3/clusters/c/consumer-groups'

function topicNamed(name: string) {
  return { name, is_internal: false, partitions_count: 1, replication_factor: 1, operations: [] }
}

const failed = (name: string, error: keyof typeof KAFKA_ERRORS) => ({
  name,
  error: KAFKA_ERRORS[error][0],
  text: KAFKA_ERRORS[error][1],
})

/** An admin client of a cluster with topics, which counts the batches that it is asked for. */
function adminOf(names: readonly string[], describe: (name: string) => object = topicNamed) {
  const batches: number[] = []
  const admin = {
    clusterId: async () => 'c',
    listTopics: async () => [...names],
    describeTopics: async (batch: readonly string[]) => {
      batches.push(batch.length)
      return [...batch].reverse().map(describe)
    },
  }
  return { admin, batches, resourceNameAuthority: '', baseUri: '' }
}

/** Waits until nothing more is written. */
async function wholeOf({ res }: Answered): Promise<string> {
  for (let turn = 0; turn < 500 && !res.isEnded && !res.isClosed; turn++) await nextTurn()
  return res.received
}

const namesIn = (text: string) =>
  JSON.parse(text).data.map((each: { topic_name: string }) => each.topic_name)

test('a large list is the same as a small one, and Kafka is asked for a batch at a time', async () => {
  const names = Array.from({ length: 1200 }, (_, index) => `t${String(index).padStart(5, '0')}`)
  const services = adminOf([...names].reverse())
  const { ask, defects } = serve(services)
  const answer = await ask(TOPICS)
  const text = await wholeOf(answer)
  assert.deepEqual(namesIn(text), names)
  assert.deepEqual(services.batches, [500, 500, 200])
  assert.deepEqual(defects, [])
})

test('Kafka is not asked for more than a slow client takes', async () => {
  const names = Array.from({ length: 5000 }, (_, index) => `t${index}`)
  const services = adminOf(names)
  const { ask } = serve(services)
  const answer = await ask(TOPICS)
  answer.res.room = 0
  for (let turn = 0; turn < 500; turn++) await nextTurn()
  assert.ok(services.batches.length < 5, `${services.batches.length} batches of 10`)
  assert.ok(!answer.res.isEnded)
})

test('topics that vanished, or that the client may not describe, are left out', async () => {
  const services = adminOf(['a', 'b', 'c'], (name) => {
    if (name === 'a') return failed(name, 'UNKNOWN_TOPIC_OR_PART')
    return name === 'b' ? failed(name, 'TOPIC_AUTHORIZATION_FAILED') : topicNamed(name)
  })
  const answer = await serve(services).ask(TOPICS)
  assert.deepEqual(namesIn(answer.text), ['c'])
})

test('the only topic of a cluster may be hidden', async () => {
  const services = adminOf(['a'])
  services.admin.describeTopics = async () => {
    throw new RestError('KAFKA_AUTHORIZATION')
  }
  const answer = await serve(services).ask(TOPICS)
  assert.deepEqual([answer.status, namesIn(answer.text)], [200, []])
})

test('an error at the beginning is the answer; a later one cuts the response', async () => {
  const early = adminOf(['a', 'b'], (name) => failed(name, 'LEADER_NOT_AVAILABLE'))
  const { status, text } = await serve(early).ask(TOPICS)
  assert.deepEqual([status, JSON.parse(text).error_code], [500, 50003])

  const names = Array.from({ length: 1200 }, (_, index) => `t${String(index).padStart(5, '0')}`)
  const late = adminOf(names, (name) =>
    name === 't01100' ? failed(name, 'LEADER_NOT_AVAILABLE') : topicNamed(name),
  )
  const answer = await serve(late).ask(TOPICS)
  const cut = await wholeOf(answer)
  assert.ok(answer.res.isClosed && !answer.res.isEnded)
  assert.throws(() => JSON.parse(cut))
})

test('groups that may not be seen, that are none of consumers, or that vanished, are left out', async () => {
  const group = (name: string, changes: object = {}) => ({
    name,
    is_simple: false,
    assignor: 'range',
    state: 3,
    type: 2,
    coordinator: 1,
    members: [],
    ...changes,
  })
  const rows = [
    group('a'),
    failed('b', 'GROUP_AUTHORIZATION_FAILED'),
    failed('c', '_INVALID_ARG'),
    group('d', { is_simple: true, state: 4 }),
  ]
  const admin = {
    clusterId: async () => 'c',
    listGroups: async () => ['a', 'b', 'c', 'd'],
    describeGroups: async () => rows,
  }
  const { json } = await serve({ admin, resourceNameAuthority: '' }).ask(GROUPS)
  const names = (json as { data: { consumer_group_id: string }[] }).data
  assert.deepEqual(
    names.map(({ consumer_group_id }) => consumer_group_id),
    ['a'],
  )
})

test('a group whose members are no consumers does not exist', async () => {
  const admin = {
    clusterId: async () => 'c',
    describeGroups: async () => {
      throw new RestError('INVALID_KAFKA_REQUEST', 'GroupId g is not a consumer group (connect).')
    },
  }
  const { status } = await serve({ admin, resourceNameAuthority: '' }).ask(`${GROUPS}/g`)
  assert.equal(status, 404)
})

test('a cluster that is not the one of this proxy does not exist', async () => {
  const { status, json } = await serve(adminOf(['a'])).ask('/v3/clusters/another/topics')
  assert.deepEqual(
    [status, json],
    [404, { error_code: 404, message: 'Cluster another cannot be found.' }],
  )
})
