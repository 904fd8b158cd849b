/** Partitions that a topic is given while it is produced to. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addPartitions } from '../../cluster/topics.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const { kafka, rest, witness, newTopic } = await setTheStage({
  'client.metadata.max.age.ms': '300000',
})

test('a partition that was added is found when a record names it', async () => {
  const topic = await newTopic()
  const produce = (partition: number) =>
    rest.post(`/topics/${topic}/partitions/${partition}`, { records: [{ value: 'aa==' }] })
  const errorOf = async (partition: number) => (await produce(partition)).body.offsets[0].error_code
  assert.equal(await errorOf(0), null)
  assert.equal(await errorOf(2), 50003)

  await addPartitions(kafka.bootstrapServers, topic, 3)

  await until('a record for the new partition is taken', async () => (await errorOf(2)) === null)
  assert.equal(await errorOf(3), 50003)
  // The others are known with it: to records without a number as well.
  assert.equal(await errorOf(1), null)
  const keys = Array.from({ length: 30 }, (_, key) => ({ key: btoa(`key${key}`), value: 'aa==' }))
  const { body } = await rest.post(`/topics/${topic}`, { records: keys })
  const partitions = new Set(body.offsets.map(({ partition }: { partition: number }) => partition))
  assert.deepEqual([...partitions].sort(), [0, 1, 2])
  assert.equal((await witness.consumeAll(topic)).length, 3 + keys.length)
})
