/** What only brokers know, asked without librdkafka: configs of all brokers, disks, and replicas that move. On three brokers. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startKafka } from '../../cluster/kafka.ts'
import { runKafkaTool } from '../../cluster/kafka-tool.ts'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const kafka = await startKafka({ brokers: 3 })
const { rest, url } = await setTheStage({}, { kafka })
const folder = await mkdtemp(join(tmpdir(), 'sluice-v3-'))
after(() => rm(folder, { recursive: true, force: true }))

let id = ''
let cluster = ''
before(async () => {
  id = (await rest.get('/v3/clusters')).body.data[0].cluster_id
  cluster = `/v3/clusters/${id}`
})

const tool = async (main: string, ...args: readonly string[]) =>
  String(await runKafkaTool(main, ['--bootstrap-server', kafka.bootstrapServers, ...args]))

const NOT_FOUND = { error_code: 404, message: 'HTTP 404 Not Found' }

/** What Kafka's own tool says about the configs of all brokers. */
const toldDefaults = () =>
  tool('kafka.admin.ConfigCommand', '--describe', '--entity-type', 'brokers', '--entity-default')

test('a config of all brokers is set, read, altered and reset, as the tool of Kafka sees it', async () => {
  const name = 'log.cleaner.io.buffer.size'
  const config = `${cluster}/broker-configs/${name}`
  const { body: before } = await rest.get(`${cluster}/broker-configs`)
  assert.equal(before.kind, 'KafkaClusterConfigList')
  assert.deepEqual(before.metadata, { self: `${url}${cluster}/broker-configs`, next: null })
  // The controller sets the one that a new cluster has.
  const names = before.data.map((each: { name: string }) => each.name)
  assert.deepEqual(names, ['min.insync.replicas'])
  assert.deepEqual((await rest.get(config)).body, NOT_FOUND)

  const set = await rest.send('PUT', config, { value: '600000' })
  assert.deepEqual([set.status, set.text], [204, ''])
  const entry = {
    kind: 'KafkaClusterConfig',
    metadata: {
      self: `${url}${config}`,
      resource_name: `crn:///kafka=${id}/broker-config=${name}`,
    },
    cluster_id: id,
    config_type: 'BROKER',
    name,
    value: '600000',
    is_default: false,
    is_read_only: false,
    is_sensitive: false,
    source: 'DYNAMIC_DEFAULT_BROKER_CONFIG',
    synonyms: [{ name, value: '600000', source: 'DYNAMIC_DEFAULT_BROKER_CONFIG' }],
  }
  await until('the config', async () => (await rest.get(config)).status === 200)
  assert.deepEqual((await rest.get(config)).body, entry)
  const { body: list } = await rest.get(`${cluster}/BROKER-configs`)
  assert.deepEqual(list.data, [entry, ...before.data])
  assert.match(await toldDefaults(), /log\.cleaner\.io\.buffer\.size=600000/)

  const altered = await rest.post(`${cluster}/broker-configs:alter`, {
    data: [
      { name, operation: 'DELETE' },
      { name: 'log.cleaner.delete.retention.ms', value: '86400001' },
    ],
  })
  assert.deepEqual([altered.status, altered.text], [204, ''])
  await until('the change', async () => (await rest.get(config)).status === 404)
  const told = await toldDefaults()
  assert.match(told, /log\.cleaner\.delete\.retention\.ms=86400001/)
  assert.doesNotMatch(told, /io\.buffer/)

  const other = `${cluster}/broker-configs/log.cleaner.delete.retention.ms`
  await until('the config', async () => (await rest.get(other)).status === 200)
  assert.equal((await rest.delete(other)).status, 204)
  await until('the reset', async () => (await rest.get(other)).status === 404)
  assert.deepEqual((await rest.delete(other)).body, {
    error_code: 404,
    message: `Config log.cleaner.delete.retention.ms cannot be found for BROKER  in cluster ${id}.`,
  })
})

test('configs of all brokers that cannot be are refused with the texts of the original', async () => {
  const json = { 'content-type': 'application/json' }
  for (const [method, path, body, status, code, message] of [
    [
      'GET',
      '/topic-configs',
      undefined,
      404,
      404,
      /^The valid values for Type do not include 'topic'$/,
    ],
    ['GET', '/-configs', undefined, 404, 404, /do not include ''$/],
    ['PUT', '/broker-configs/x', '', 422, 42206, /^Payload error\. Null input provided/],
    ['POST', '/broker-configs:alter', '', 422, 42206, /^Payload error\. Null input provided/],
    [
      'PUT',
      '/broker-configs/log.cleaner.threads',
      { value: 'many' },
      400,
      40002,
      /Invalid value many/,
    ],
    ['PUT', '/broker-configs/log.cleaner.threads', {}, 400, 40002, /Null value not supported/],
    ['PUT', '/broker-configs/node.id', { value: '4' }, 400, 40002, /./],
  ] as const) {
    const response = await rest.send(method, cluster + path, body, json)
    assert.deepEqual([response.status, response.body.error_code], [status, code], response.text)
    assert.match(response.body.message, message)
  }
  const other = '/v3/clusters/other'
  for (const [method, path, body, message] of [
    ['GET', '/broker-configs', undefined, 'HTTP 404 Not Found'],
    ['GET', '/broker-configs/x', undefined, 'HTTP 404 Not Found'],
    ['PUT', '/broker-configs/x', { value: '1' }, 'Cluster other cannot be found.'],
    ['POST', '/broker-configs:alter', { data: [] }, 'Cluster other cannot be found.'],
    ['GET', '/brokers/1/partition-replicas', undefined, 'Cluster other cannot be found.'],
    ['GET', '/topics/-/partitions/-/reassignment', undefined, 'Cluster other cannot be found.'],
  ] as const) {
    const response = await rest.send(method, other + path, body, json)
    assert.deepEqual([response.status, response.body], [404, { error_code: 404, message }], path)
  }
})

test('the replicas of a broker are those on its disks', async () => {
  const name = uniqueName('replicas')
  await kafka.createTopic(name, { partitions: 3, replicationFactor: 2 })
  const path = `${cluster}/brokers/1/partition-replicas`
  const isOfTopic = (each: { topic_name: string }) => each.topic_name === name
  // Two of three partitions are on each broker.
  await until('the replicas', async () => {
    return (await rest.get(path)).body.data.filter(isOfTopic).length === 2
  })
  const { body } = await rest.get(path)
  assert.equal(body.kind, 'KafkaReplicaList')
  assert.equal(body.metadata.self, `${url}${cluster}/brokers/1/partition-replicas`)
  const ids = body.data.map(
    (each: { topic_name: string; partition_id: number }) =>
      `${each.topic_name}-${each.partition_id}`,
  )
  const told = await tool(
    'org.apache.kafka.tools.LogDirsCommand',
    '--describe',
    '--broker-list',
    '1',
  )
  const dirs = JSON.parse(told.slice(told.indexOf('{"'))).brokers[0].logDirs
  const onDisk = dirs.flatMap((dir: { partitions: { partition: string }[] }) =>
    dir.partitions.map(({ partition }) => partition),
  )
  assert.deepEqual([...ids].sort(), onDisk.sort())
  for (const replica of body.data.filter(isOfTopic)) {
    const self = `${cluster}/topics/${name}/partitions/${replica.partition_id}/replicas/1`
    assert.deepEqual((await rest.get(self)).body, replica)
  }
  assert.deepEqual((await rest.get(`${cluster}/brokers/77/partition-replicas`)).body, {
    error_code: 404,
    message: 'Broker 77 cannot be found.',
  })
})

test('replicas that move are listed until they have arrived', async () => {
  const all = `${cluster}/topics/-/partitions/-/reassignment`
  const empty = {
    kind: 'KafkaReassignmentList',
    metadata: { self: `${url}${all}s`, next: null },
    data: [],
  }
  assert.deepEqual((await rest.get(all)).body, empty)

  const name = uniqueName('moving')
  await rest.post(`${cluster}/topics`, { topic_name: name, replicas_assignments: { 0: [1] } })
  await until('the topic', async () => (await rest.get(`${cluster}/topics/${name}`)).status === 200)
  const value = Buffer.alloc(300_000, 1).toString('base64')
  for (let at = 0; at < 10; at++) {
    const type = { 'content-type': 'application/vnd.kafka.binary.v2+json' }
    const { status } = await rest.post(`/topics/${name}`, { records: [{ value }, { value }] }, type)
    assert.equal(status, 200)
  }
  const plan = join(folder, 'plan.json')
  const partitions = [{ topic: name, partition: 0, replicas: [2, 3] }]
  writeFileSync(plan, JSON.stringify({ version: 1, partitions }))
  const reassign = (...args: readonly string[]) =>
    tool('org.apache.kafka.tools.reassign.ReassignPartitionsCommand', ...args)
  await reassign('--execute', '--reassignment-json-file', plan, '--throttle', '1000')

  const partition = `${cluster}/topics/${name}/partitions/0`
  await until('the move', async () => (await rest.get(all)).body.data.length === 1)
  const resource = (end: string) => ({
    kind: 'KafkaReassignment',
    metadata: {
      self: `${url}${partition}/${end}`,
      resource_name: `crn:///kafka=${id}/topic=${name}/partition=0/${end}`,
    },
    cluster_id: id,
    topic_name: name,
    partition_id: 0,
    adding_replicas: [2, 3],
    removing_replicas: [1],
    replicas: { related: `${url}${partition}/replicas` },
  })
  assert.deepEqual((await rest.get(all)).body.data, [resource('reassignments')])
  const ofTopic = `${cluster}/topics/${name}/partitions/-/reassignment`
  assert.deepEqual((await rest.get(ofTopic)).body, {
    ...empty,
    metadata: { self: `${url}${ofTopic}s`, next: null },
    data: [resource('reassignments')],
  })
  assert.deepEqual((await rest.get(`${partition}/reassignment`)).body, resource('reassignment'))
  assert.match(await reassign('--list'), new RegExp(`${name}-0: replicas`))

  const none = `${cluster}/topics/${uniqueName('none')}/partitions`
  const { status, body } = await rest.get(`${none}/-/reassignment`)
  assert.deepEqual([status, body.data], [200, []])
  for (const path of [`${none}/0/reassignment`, `${none}/x/reassignment`]) {
    assert.deepEqual((await rest.get(path)).body, NOT_FOUND)
  }

  await reassign('--cancel', '--reassignment-json-file', plan)
  await until('the end of the move', async () => (await rest.get(all)).body.data.length === 0)
  assert.deepEqual((await rest.get(`${partition}/reassignment`)).body, NOT_FOUND)
})

/** Kafka's own list of a broker's directories. */
async function toldDirs(broker: number) {
  const told = await tool(
    'org.apache.kafka.tools.LogDirsCommand',
    ...['--describe', '--broker-list', String(broker)],
  )
  return JSON.parse(told.slice(told.indexOf('{"'))).brokers[0].logDirs as {
    logDir: string
    partitions: { partition: string; size: number; isFuture: boolean }[]
  }[]
}

test('the directories of a broker have the sizes that the tool of Kafka tells', async () => {
  const path = `${cluster}/brokers/2/log-dirs`
  const { body } = await rest.get(path)
  const [told] = await toldDirs(2)
  const [dir] = body.data
  const self = `${url}${path}/${encodeURIComponent(told?.logDir as string)}`
  const { total_bytes, usable_bytes, ...others } = dir
  assert.ok(total_bytes > usable_bytes && usable_bytes > 0)
  assert.deepEqual(others, {
    kind: 'KafkaLogDir',
    metadata: {
      self,
      resource_name: `crn:///kafka=${id}/broker=2/log-dir=${told?.logDir.slice(1)}`,
    },
    cluster_id: id,
    broker_id: 2,
    log_dir: told?.logDir,
    error_code: null,
    message: null,
    replicas_count: told?.partitions.length,
    replicas_bytes: told?.partitions.reduce((sum, { size }) => sum + size, 0),
    replicas: { related: `${self}/partition-replicas` },
  })
  const replicas = await rest.get(new URL(dir.replicas.related).pathname)
  assert.equal(replicas.status, 200)
  const sizes = (rows: readonly [string, number, boolean][]) => rows.map(String).sort()
  assert.deepEqual(
    sizes(
      replicas.body.data.map(
        (each: {
          topic_name: string
          partition_id: number
          size_bytes: number
          is_future: boolean
        }) => [`${each.topic_name}-${each.partition_id}`, each.size_bytes, each.is_future],
      ),
    ),
    sizes(told?.partitions.map((each) => [each.partition, each.size, each.isFuture]) ?? []),
  )
  assert.deepEqual((await rest.get(`${path}/%2Fnone/partition-replicas`)).body, {
    error_code: 404,
    message: 'Broker 2 has no directory /none.',
  })
  assert.equal((await rest.get(`${cluster}/brokers/77/log-dirs`)).status, 404)
})

test('leaders are elected, and needless elections are told apart', async () => {
  const name = uniqueName('led')
  await rest.post(`${cluster}/topics`, {
    topic_name: name,
    replicas_assignments: { 0: [1, 2, 3], 1: [2, 3, 1] },
  })
  const [first] = kafka.brokers
  const leaderOf = async (partition: number) => {
    const { body } = await rest.get(`${cluster}/topics/${name}/partitions/${partition}`)
    return Number(body.leader?.related.replace(/^.*\//, ''))
  }
  await until('the leader', async () => (await leaderOf(0)) === 1)
  await first?.stop('SIGKILL')
  await until('another leader', async () => [2, 3].includes(await leaderOf(0)))
  await first?.start()
  const partition = `${cluster}/topics/${name}/partitions/0/replicas/1`
  await until('the replica', async () => (await rest.get(partition)).body.is_in_sync === true)

  const path = `${cluster}/topics/-/partitions:elect-leaders`
  const data = [0, 1].map((partition_id) => ({ topic_name: name, partition_id }))
  const { status, body } = await rest.post(path, { data })
  assert.equal(status, 200)
  assert.deepEqual(body.data, [
    { topic_name: name, partition_id: 0, is_elected: true },
    { topic_name: name, partition_id: 1, is_elected: false },
  ])
  await until('the first leader', async () => (await leaderOf(0)) === 1)
  const told = await tool(
    'org.apache.kafka.tools.LeaderElectionCommand',
    ...['--election-type', 'preferred', '--topic', name, '--partition', '0'],
  )
  assert.match(told, /already elected/i)

  const missing = { topic_name: uniqueName('none'), partition_id: 0 }
  const mixed = await rest.post(path, { election_type: 'PREFERRED', data: [data[0], missing] })
  assert.equal(mixed.status, 207)
  assert.ok(
    mixed.body.data.some(
      (each: { topic_name: string; error_code?: number }) =>
        each.topic_name === missing.topic_name && each.error_code === 40403,
    ),
    mixed.text,
  )
  assert.equal((await rest.post(path, {})).status, 200)
  assert.equal((await rest.post(path, { election_type: 'FAIR' })).body.error_code, 400)
})

test('brokers that die one after the other hold no answer up', async () => {
  for (const broker of kafka.brokers) {
    await broker.stop('SIGKILL')
    for (const path of ['brokers', 'broker-configs', 'topics/-/partitions/-/reassignment']) {
      await until('the answer', async () => (await rest.get(`${cluster}/${path}`)).status === 200)
    }
    const replicas = `${cluster}/brokers/${broker.id}/partition-replicas`
    const { status, body, text } = await rest.get(replicas)
    assert.ok(status === 404 || body.error_code === 50003, text)
    await broker.start()
    await until('the broker', async () => (await rest.get(replicas)).status === 200)
  }
})
