/** What is asked of the cluster, what is made of its answers, and what is known without asking. */
import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import { Admin, type AdminOptions } from '../../../src/kafka/admin.ts'
import { answerOf } from '../../../src/kafka/direct/requests.ts'
import { mailbox, native, type Waiter } from '../../../src/kafka/native.ts'
import type { Property } from '../../../src/kafka/settings/credentials.ts'

afterEach(() => mock.restoreAll())

test('a name that is too long for a topic is invalid, and no broker is asked', async () => {
  // There is none: a question would fail for that.
  const admin = new Admin({
    properties: [['bootstrap.servers', '127.0.0.1:1']],
    givenBy: new Map(),
    warnings: [],
    faults: [],
  })
  // In a request to Kafka, two bytes say how long a name is.
  for (const name of ['x'.repeat(250), 'é'.repeat(125), 'x'.repeat(32_768)]) {
    const isInvalid = (error: unknown) => error instanceof RestError && error.code === 40002
    await assert.rejects(admin.describeTopic(name), isInvalid)
    await assert.rejects(admin.describeConfigsOf('topic', name), isInvalid)
  }
})

test('a name or a value that would run into the next members of a request is refused, and no broker is asked', async () => {
  const admin = new Admin({
    properties: [['bootstrap.servers', '127.0.0.1:1']],
    givenBy: new Map(),
    warnings: [],
    faults: [],
  })
  const long = 'é'.repeat(16_384)
  const at = [{ topic: long, partition: 0, offset: 0 }]
  const acl = {
    resource_type: 2,
    resource_name: 't',
    pattern_type: 3,
    principal: 'User:a',
    host: '*',
    operation: 3,
    permission: 3,
  }
  const topic = { name: 't', partitions: 1, replicationFactor: 1, assignments: [] }
  const calls: Record<string, () => Promise<unknown>> = {
    'config of a new topic': () =>
      admin.createTopic({ ...topic, configs: [{ name: 'retention.ms', value: long }] }),
    'config of a topic': () =>
      admin.alterConfigs('topic', new Map([['t', [{ name: long, value: '1' }]]])),
    'config of all brokers': () => admin.alterDefaultConfigs('p', [{ name: 'a', value: long }]),
    reassignments: () => admin.listReassignments('p', [{ name: long, partitions: [0] }]),
    offsets: async () => admin.listOffsets(at),
    'deleted records': async () => admin.deleteRecords(at),
    election: async () => admin.electLeaders(at, false),
    group: async () => admin.describeGroups([long]),
    'deleted group': () => admin.deleteGroup(long),
    'offsets of a group': async () => admin.listGroupOffsets(long),
    'new offsets of a group': async () => admin.alterGroupOffsets(long, []),
    'new offsets of a topic': async () => admin.alterGroupOffsets('g', at),
    'deleted offsets of a group': async () => admin.deleteGroupOffsets(long, []),
    'searched ACLs': () => admin.describeAcls({ ...acl, host: long }),
    'deleted ACLs': () => admin.deleteAcls({ ...acl, principal: long }),
    'new ACLs': () => admin.createAcls([acl, { ...acl, resource_name: long }]),
    user: async () => admin.describeScramUsers([long]),
    'password of a user': () => admin.setScramPassword(long, 1, 4096, 'p'),
    'deleted password': () => admin.deleteScramPassword(long, 1),
  }
  for (const [what, call] of Object.entries(calls)) {
    await assert.rejects(call(), { code: 40002, message: /32768 bytes.*at most 32767/ }, what)
  }
})

/** An admin client whose questions are answered by `answer`. */
function adminWith(
  answer: (name: string, args: unknown[]) => unknown,
  properties: readonly Property[] = [],
  options: AdminOptions = {},
): Admin {
  let waiter: Waiter | undefined
  mock.method(mailbox, 'open', (waiting: Waiter) => {
    waiter = waiting
    return 1
  })
  const ask = (name: string, args: unknown[]) => {
    const text = `${JSON.stringify(answer(name, args))}\n`
    waiter?.onReply({ text, code: 0, count: 0 })
  }
  class FakeAdmin {
    describeCluster = (...args: unknown[]) => ask('describeCluster', args)
    listTopics = (...args: unknown[]) => ask('listTopics', args)
    listOffsets = (...args: unknown[]) => ask('listOffsets', args)
    describeTopics = (...args: unknown[]) => ask('describeTopics', args)
  }
  mock.method(native, 'Admin', FakeAdmin as unknown as typeof native.Admin)
  return new Admin({ properties, givenBy: new Map(), warnings: [], faults: [] }, options)
}

test('a name of 249 bytes is asked for', async () => {
  const name = 'x'.repeat(249)
  const admin = adminWith((_call, [, , topic]) => ({
    name: (topic as string[])[0],
    partitions: [],
  }))
  assert.equal((await admin.describeTopic(name)).name, name)
})

test("a list of topics leaves out Kafka's own, and no other", async () => {
  const own = ['__consumer_offsets', '__transaction_state', '__share_group_state']
  const admin = adminWith(() => ['a', ...own, '__mine', '_schemas'])
  assert.deepEqual(await admin.listTopics(), ['a', '__mine', '_schemas'])
})

test('the offsets of a partition are the first one and the next one', async () => {
  const asked: unknown[][] = []
  const admin = adminWith((_call, args) => {
    asked.push(args)
    const [topic, partition, spec] = args[2] as string[]
    return { topic, partition, offset: spec === '-2' ? 3 : 9 }
  })
  assert.deepEqual(await admin.offsets('t', 4), { beginning: 3, end: 9 })
  assert.deepEqual(asked, [
    [10_000, 1, ['t', '4', '-2'], false],
    [10_000, 1, ['t', '4', '-1'], false],
  ])
})

test('a call about the cluster takes as long as the caller says', async () => {
  const admin = adminWith((_call, [timeoutMs]) => ({ cluster_id: String(timeoutMs) }))
  assert.equal((await admin.describeCluster(2000)).cluster_id, '2000')
  assert.equal((await admin.describeCluster()).cluster_id, '10000')
})

test('with Kerberos the calls that librdkafka does not have are refused by name, and no other call is', async () => {
  const broker = { id: 1, host: '127.0.0.1', port: 1, rack: null }
  const admin = adminWith(
    (call) =>
      call === 'describeCluster' ? { cluster_id: 'c', controller_id: 1, brokers: [broker] } : ['t'],
    [
      ['security.protocol', 'sasl_plaintext'],
      ['sasl.mechanisms', 'GSSAPI'],
      ['sasl.kerberos.service.name', 'kafka'],
    ],
    { brokers: { callBrokers: answerOf } },
  )
  const change = { name: 'log.cleaner.threads', value: '2' }
  const calls: Record<string, () => Promise<unknown>> = {
    'configs of all brokers': () => admin.describeDefaultConfigs(undefined),
    'changed configs of all brokers': () => admin.alterDefaultConfigs(undefined, [change]),
    'directories of a broker': () => admin.describeLogDirs(undefined, broker),
    reassignments: () => admin.listReassignments(undefined),
  }
  for (const [what, call] of Object.entries(calls)) {
    await assert.rejects(
      call(),
      {
        status: 500,
        code: 50002,
        message: /not available with the setting sasl\.mechanism=GSSAPI .*Other endpoints are/,
      },
      what,
    )
  }
  assert.deepEqual(await admin.listTopics(), ['t'])
})
