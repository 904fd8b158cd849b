/** The replicas on a broker, and its directories: what the broker is asked for, and what is made of its answers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TopicPartitions } from '../../../../src/kafka/admin.ts'
import { serve } from '../fake-server.ts'

const BROKER = '/v3/clusters/c/brokers/1'

/** Topics with partitions; the replicas of those with odd numbers are on another broker. */
function adminOf(partitions: Readonly<Record<string, number>>) {
  const asked: number[] = []
  const principals: unknown[] = []
  const admin = {
    clusterId: async () => 'c',
    describeCluster: async () => ({
      cluster_id: 'c',
      controller_id: 1,
      brokers: [{ id: 1, host: 'h', port: 1, rack: null }],
    }),
    listAllTopics: async () => Object.keys(partitions).reverse(),
    describeTopics: async (names: readonly string[]) =>
      names.map((name) => ({
        name,
        partitions: Array.from({ length: partitions[name] ?? 0 }, (_, index) => ({
          partition: index,
          leader: 1,
          replicas: [index % 2 === 0 ? 1 : 2],
          isr: [1],
        })).reverse(),
      })),
    describeLogDirs: async (
      principal: unknown,
      _broker: object,
      topics: readonly TopicPartitions[],
    ) => {
      principals.push(principal)
      asked.push(topics.reduce((sum, topic) => sum + topic.partitions.length, 0))
      const replicas = topics.flatMap(({ name, partitions: numbers }) =>
        numbers.map((partition) => ({
          topic: name,
          partition,
          size: 10,
          offsetLag: 0,
          isFuture: false,
        })),
      )
      const rest = { error: 0, totalBytes: 100, usableBytes: 50 }
      return [
        {
          path: '/a',
          ...rest,
          replicasCount: replicas.length,
          replicasBytes: 10 * replicas.length,
          replicas,
        },
        { path: '/b', ...rest, error: 56, replicasCount: 0, replicasBytes: 0, replicas: [] },
      ]
    },
  }
  return { admin, asked, principals, services: { admin, resourceNameAuthority: '' } }
}

const partitionsIn = (json: unknown) =>
  (json as { data: { topic_name: string; partition_id: number }[] }).data.map(
    ({ topic_name, partition_id }) => `${topic_name} ${partition_id}`,
  )

test('lists have the assigned replicas by topic and partition', async () => {
  const { services, asked } = adminOf({ a: 5, b: 1, c: 0 })
  const expected = ['a 0', 'a 2', 'a 4', 'b 0']
  for (const path of ['partition-replicas', 'log-dirs/%2Fa/partition-replicas']) {
    const { json, status, text } = await serve(services).ask(`${BROKER}/${path}`)
    assert.equal(status, 200, text)
    assert.deepEqual(partitionsIn(json), expected)
  }
  assert.deepEqual(asked, [4, 4])
})

test('a broker is asked about a bounded number of partitions at a time, and sums are those of all', async () => {
  const { services, asked } = adminOf({ a: 3000, b: 9000, c: 2 })
  const { json, status, text } = await serve(services).ask(`${BROKER}/log-dirs`)
  assert.equal(status, 200, text)
  assert.deepEqual(asked, [2000, 2000, 2000, 1])
  const [first, second] = (json as { data: Record<string, unknown>[] }).data
  assert.deepEqual(
    [first?.['log_dir'], first?.['replicas_count'], first?.['replicas_bytes']],
    ['/a', 6001, 60_010],
  )
  assert.deepEqual([first?.['error_code'], first?.['message']], [null, null])
  assert.deepEqual([second?.['log_dir'], second?.['error_code']], ['/b', 50003])
})

test('a broker without partitions is asked once, for its directories', async () => {
  const { services, asked } = adminOf({})
  const { json } = await serve(services).ask(`${BROKER}/log-dirs`)
  assert.equal((json as { data: unknown[] }).data.length, 2)
  assert.deepEqual(asked, [0])
})

test('a directory that fails, or that the broker does not have, is an error', async () => {
  const { services } = adminOf({ a: 1 })
  const of = (path: string) =>
    serve(services).ask(`${BROKER}/log-dirs/${encodeURIComponent(path)}/partition-replicas`)
  const missing = await of('/c')
  assert.deepEqual(
    [missing.status, (missing.json as { message: string }).message],
    [404, 'Broker 1 has no directory /c.'],
  )
  assert.equal(((await of('/b')).json as { error_code: number }).error_code, 50003)
})
