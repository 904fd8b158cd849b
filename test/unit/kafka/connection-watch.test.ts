/** What the log says of Kafka's coming and going. */
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import type { ClusterDescription } from '../../../src/kafka/admin.ts'
import { ConnectionWatch } from '../../../src/kafka/connection-watch.ts'
import type { Logger } from '../../../src/log.ts'

const CLUSTER: ClusterDescription = {
  cluster_id: 'c',
  controller_id: 1,
  brokers: [1, 2].map((id) => ({ id, host: 'b', port: 9092, rack: null })),
}

test('the connection is told at the start and when it changes, and not in between', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.after(() => mock.timers.reset())
  const lines: unknown[] = []
  const log = {
    info: (...line: unknown[]) => lines.push(['info', ...line]),
    error: (...line: unknown[]) => lines.push(['error', ...line]),
  }
  let answer: () => Promise<ClusterDescription> = () => Promise.reject(new Error('refused'))
  const admin = { describeCluster: () => answer() }
  const watch = new ConnectionWatch(admin, log as unknown as Logger, ['a:1'])
  const down = ['error', { bootstrapServers: ['a:1'], reason: 'refused' }, 'Kafka does not answer']
  const up = ['info', { brokers: [1, 2], clusterId: 'c' }, 'connected to Kafka']
  const askAgain = async () => {
    mock.timers.tick(10_000)
    await new Promise(setImmediate)
  }

  watch.start()
  await new Promise(setImmediate)
  assert.deepEqual(lines, [down])
  await askAgain()
  assert.deepEqual(lines, [down])
  answer = async () => CLUSTER
  await askAgain()
  await askAgain()
  assert.deepEqual(lines, [down, up])
  answer = () => Promise.reject(new Error('refused'))
  await askAgain()
  assert.deepEqual(lines, [down, up, down])
  watch.stop()
  answer = async () => CLUSTER
  await askAgain()
  assert.deepEqual(lines, [down, up, down])
})
