/** Topics that the rules hide from a client are in no answer of the v3 API about groups and reassignments. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serve } from '../fake-server.ts'

const CLUSTER = '/v3/clusters/c'
const GROUP = `${CLUSTER}/consumer-groups/g`

const member = {
  id: 'm',
  instance_id: null,
  client_id: 'client',
  host: '/127.0.0.1',
  partitions: ['open', 0, 'secret', 0],
}

const admin = {
  clusterId: async () => 'c',
  describeGroups: async () => [
    {
      name: 'g',
      is_simple: false,
      assignor: 'range',
      state: 3,
      type: 2,
      coordinator: 1,
      members: [member],
    },
  ],
  listGroupOffsets: async () => [
    { topic: 'secret', partition: 0, offset: 1 },
    { topic: 'open', partition: 0, offset: 2 },
  ],
  describeTopics: async (names: readonly string[]) =>
    names.map((name) => ({ name, partitions_count: 1 })),
  listOffsets: async (asked: readonly object[]) => asked.map((each) => ({ ...each, offset: 9 })),
  listReassignments: async () => ({
    topics: ['secret', 'open'],
    partitions: ['secret', 'open'].map((topic) => ({
      topic,
      partition: 0,
      addingReplicas: [2],
      removingReplicas: [1],
    })),
  }),
}

const services = {
  admin,
  resourceNameAuthority: '',
  baseUri: '',
  visibleTopics: (topics: readonly string[]) => topics.filter((topic) => topic !== 'secret'),
}

for (const path of [
  `${GROUP}/lags`,
  `${GROUP}/offsets`,
  `${GROUP}/consumers/m/assignments`,
  `${CLUSTER}/topics/-/partitions/-/reassignment`,
]) {
  test(`GET ${path} leaves out a hidden topic`, async () => {
    const { status, json, text } = await serve(services).ask(path)
    assert.equal(status, 200)
    const { data } = json as { data: { topic_name: string }[] }
    assert.deepEqual(
      data.map(({ topic_name }) => topic_name),
      ['open'],
    )
    assert.doesNotMatch(text, /secret/)
  })
}

test('the greatest lag and the sum are those of topics that are not hidden', async () => {
  const { status, json } = await serve(services).ask(`${GROUP}/lag-summary`)
  assert.equal(status, 200)
  const { max_lag_topic_name, max_lag, total_lag } = json as Record<string, unknown>
  assert.deepEqual([max_lag_topic_name, max_lag, total_lag], ['open', 7, 7])
})

test('a group with offsets of hidden topics only has none', async () => {
  const hidden = { ...services, visibleTopics: () => [] }
  for (const path of [`${GROUP}/lags`, `${GROUP}/lag-summary`]) {
    assert.equal((await serve(hidden).ask(path)).status, 404, path)
  }
})
