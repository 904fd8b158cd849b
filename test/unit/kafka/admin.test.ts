/** What is asked of the cluster, what is made of its answers, and what is known without asking. */
import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import { Admin } from '../../../src/kafka/admin.ts'
import { mailbox, native, type Waiter } from '../../../src/kafka/native.ts'

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

/** An admin client whose questions are answered by `answer`. */
function adminWith(answer: (name: string, args: unknown[]) => unknown): Admin {
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
  return new Admin({ properties: [], givenBy: new Map(), warnings: [], faults: [] })
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
