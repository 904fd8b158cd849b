/** Instances that are deleted leave their group at once, whatever the group is doing. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { groupMembers } from '../../cluster/group-members.ts'
import { sharedKafka } from '../../cluster/shared-kafka.ts'
import type { ConsumerClient } from '../consumer-client.ts'
import { type Stage, setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

/** Members learn of a rebalance from their next heartbeat: until then, others that join wait. */
const QUICK_HEARTBEAT_MS = 200
const SLOW_HEARTBEAT_MS = 15_000

const JOINS = 20

const kafka = await sharedKafka()

for (const strategy of ['range', 'cooperative-sticky']) {
  const newStage = (heartbeatMs: number) =>
    setTheStage(
      {
        'consumer.partition.assignment.strategy': strategy,
        'consumer.heartbeat.interval.ms': heartbeatMs,
      },
      { kafka },
    )
  const quick = await newStage(QUICK_HEARTBEAT_MS)
  const slow = await newStage(SLOW_HEARTBEAT_MS)

  describe(`an instance that is deleted leaves its group (${strategy})`, {
    concurrency: true,
  }, () => {
    test('while it waits for the other members', async () => {
      const topic = await slow.newTopic({ partitions: 2 })
      const [first, second] = await newMembers(slow, topic)
      await sleep(1000)
      assert.equal((await second.delete()).status, 204)
      assert.equal((await membersOf(first)).length, 1)
    })

    test('while it has no partitions', async () => {
      const topic = await quick.newTopic({ partitions: 1 })
      const [first, second] = await newMembers(quick, topic)
      await until('the group has two members', async () => (await membersOf(first)).length === 2)
      const shares = await Promise.all([first, second].map(assignmentsOf))
      const idle = shares[0] === 0 ? first : second
      assert.equal((await idle.delete()).status, 204)
      assert.equal((await membersOf(second)).length, 1)
    })

    test('at any moment of its first join, and holds nobody up', async () => {
      const topic = await quick.newTopic({ partitions: 1 })
      await quick.witness.produce(topic, [{ partition: 0, value: Buffer.from('v') }])
      const group = uniqueName('group')
      for (let join = 0; join < JOINS; join++) {
        const member = await newMember(quick, topic, group)
        await sleep(join * 3)
        assert.equal((await member.delete()).status, 204)
      }
      const last = await newMember(quick, topic, group)
      assert.equal((await last.recordsUntil(1)).length, 1)
      assert.equal((await membersOf(last)).length, 1)
    })
  })
}

/** Kafka itself removes a member only after its session timeout, 45 s. */
function membersOf({ group }: ConsumerClient): Promise<string[]> {
  return groupMembers(kafka.bootstrapServers, group)
}

async function newMember(stage: Stage, topic: string, group?: string): Promise<ConsumerClient> {
  const member = await stage.newConsumer({}, group)
  assert.equal((await member.subscribe(topic)).status, 204)
  return member
}

/** A member that has its partitions, and another of its group that begins to join. */
async function newMembers(
  stage: Stage,
  topic: string,
): Promise<readonly [ConsumerClient, ConsumerClient]> {
  const first = await newMember(stage, topic)
  await until('the first has partitions', async () => (await assignmentsOf(first)) > 0)
  return [first, await newMember(stage, topic, first.group)]
}

async function assignmentsOf(member: ConsumerClient): Promise<number> {
  return (await member.get('assignments')).body.partitions.length
}
