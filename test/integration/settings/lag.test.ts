/** `sluice.metrics.consumer.lag.partitions.max`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMetrics } from '../metrics-text.ts'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const LAG = 'sluice_consumer_lag_records'

const { rest, witness, newTopic, newConsumer } = await setTheStage({
  'sluice.metrics.consumer.lag.partitions.max': 2,
  'consumer.statistics.interval.ms': 100,
})

/** The lags in /metrics, by labels. */
async function readLags(): Promise<Record<string, number>> {
  const metrics = [...(await readMetrics(rest))].filter(([name]) => name.startsWith(LAG))
  return Object.fromEntries(metrics.map(([name, value]) => [name.slice(LAG.length), value]))
}

test('the lag of the oldest instances is told, and how many partitions are not', async () => {
  const topic = await newTopic({ partitions: 2 })
  const records = Array.from({ length: 5 }, () => ({ value: Buffer.from('v'), partition: 0 }))
  await witness.produce(topic, records)
  const group = uniqueName('group')
  const [first, second] = [await newConsumer({ name: 'i' }, group), await newConsumer()]
  const labels = (partition: number) =>
    `{group="${group}",instance="i",topic="${topic}",partition="${partition}"}`
  await first.assign(topic, 0, 1)
  await until('the lag is measured', async () => (await readLags())[labels(0)] === 5)
  await first.recordsUntil(5)
  await second.assign(topic, 0)
  await until('the lag is gone', async () => (await readLags())[labels(0)] === 0)
  await until('one partition is omitted', async () => {
    return (await readMetrics(rest)).get('sluice_consumer_lag_omitted_partitions') === 1
  })
  assert.deepEqual(await readLags(), { [labels(0)]: 0, [labels(1)]: 0 })
  await first.delete()
  const isSecond = ([name]: [string, number]) => !name.includes(group)
  await until('only the second is left', async () => {
    return Object.entries(await readLags()).length === 1
  })
  assert.ok(Object.entries(await readLags()).every(isSecond))
})
