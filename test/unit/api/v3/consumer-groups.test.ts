/** Consumer groups of the v3 API: their states, and groups with members of two protocols. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serve } from '../fake-server.ts'

const GROUPS = '/v3/clusters/c/consumer-groups'
const CONSUMER = 1
const CLASSIC = 2

const member = (protocol: number) => ({
  id: `m${protocol}`,
  instance_id: null,
  client_id: 'client',
  host: '/127.0.0.1',
  protocol,
  partitions: [],
})

async function groupOf(changes: object) {
  const group = {
    name: 'g',
    is_simple: false,
    assignor: 'uniform',
    state: 3,
    type: CONSUMER,
    coordinator: 1,
    members: [],
    ...changes,
  }
  const admin = { clusterId: async () => 'c', describeGroups: async () => [group] }
  const { json } = await serve({ admin, resourceNameAuthority: '' }).ask(`${GROUPS}/g`)
  return json as Record<string, unknown>
}

test('each state has its name', async () => {
  const names: unknown[] = []
  for (let state = 0; state <= 8; state++) {
    names.push((await groupOf({ state, members: [member(1)] }))['state'])
  }
  assert.deepEqual(names, [
    'UNKNOWN',
    'PREPARING_REBALANCE',
    'COMPLETING_REBALANCE',
    'STABLE',
    'DEAD',
    'EMPTY',
    'ASSIGNING',
    'RECONCILING',
    'UNKNOWN',
  ])
})

test('a group of the new protocol is mixed if a member has the classic one, or one that is not told', async () => {
  for (const [type, protocols, isMixed] of [
    [CONSUMER, [], false],
    [CONSUMER, [1, 1], false],
    [CONSUMER, [1, 0], true],
    [CONSUMER, [-1, 1], true],
    [CLASSIC, [-1, -1], false],
    [0, [0], false],
  ] as const) {
    const group = await groupOf({ type, members: protocols.map(member) })
    assert.equal(group['is_mixed_consumer_group'], isMixed, `${type} ${protocols}`)
  }
})

test('a group without a coordinator has none', async () => {
  assert.equal((await groupOf({ coordinator: -1 }))['coordinator'], null)
  assert.deepEqual((await groupOf({ coordinator: 0 }))['coordinator'], {
    related: 'http://proxy:80/v3/clusters/c/brokers/0',
  })
})
