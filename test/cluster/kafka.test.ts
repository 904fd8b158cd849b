/** The test harness itself: a Kafka that starts, restarts and leaves nothing, and its witnesses. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { until } from '../integration/until.ts'
import { consoleConsume, consoleProduce } from './console-clients.ts'
import { type Kafka, startKafka } from './kafka.ts'
import { runKafkaTool } from './kafka-tool.ts'
import { type SharedKafka, sharedKafka } from './shared-kafka.ts'
import { Witness } from './witness.ts'

it('keeps a record with a timestamp of years ago where no topic asks for less', async () => {
  const kafka = await startKafka({
    config: { 'log.retention.check.interval.ms': '500', 'log.initial.task.delay.ms': '500' },
  })
  const witness = new Witness(kafka.bootstrapServers)
  try {
    await kafka.createTopic('kept')
    await kafka.createTopic('deleted', { config: { 'retention.ms': '1000' } })
    const record = { value: Buffer.from('v'), timestamp: 1_000, partition: 0 }
    await witness.produce('kept', [record])
    await witness.produce('deleted', [record])
    const expired = async () => (await witness.watermarks('deleted'))[0]?.low === 1
    await until('the record of the other topic is deleted', expired)
    assert.deepEqual(await witness.watermarks('kept'), [{ partition: 0, low: 0, high: 1 }])
  } finally {
    await witness.close()
    await kafka.stop()
  }
})

describe('witnesses of one broker', () => {
  let kafka: SharedKafka
  let witness: Witness

  before(async () => {
    kafka = await sharedKafka()
    witness = new Witness(kafka.bootstrapServers)
  })
  after(async () => {
    await witness.close()
    await kafka.stop()
  })

  it('reads back what it produced, byte for byte', async () => {
    await kafka.createTopic('harness-witness', { partitions: 2 })
    const headers = [
      { name: 'h', value: Buffer.from('1') },
      { name: 'h', value: Buffer.from('') },
    ]
    const first = {
      key: Buffer.from([0xff, 0]),
      value: Buffer.from([0, 0xfe]),
      headers,
      timestamp: 1_000,
      partition: 1,
    }
    const second = { value: null, timestamp: 2_000, partition: 0 }

    const places = await witness.produce('harness-witness', [first, second])

    assert.deepEqual(places, [
      { partition: 1, offset: 0 },
      { partition: 0, offset: 0 },
    ])
    assert.deepEqual(await witness.consumeAll('harness-witness'), [
      { ...second, offset: 0, key: null, headers: [] },
      { ...first, offset: 0 },
    ])
    assert.deepEqual(await witness.watermarks('harness-witness'), [
      { partition: 0, low: 0, high: 1 },
      { partition: 1, low: 0, high: 1 },
    ])
  })

  it('refuses to produce what node-rdkafka would corrupt', async () => {
    const corruptible = [
      { key: Buffer.alloc(0) },
      { value: Buffer.alloc(0) },
      { headers: [{ name: 'h', value: Buffer.from([0xff]) }] },
      { headers: [{ name: 'h', value: Buffer.from('a\0b') }] },
    ]
    for (const record of corruptible) {
      await assert.rejects(witness.produce('harness-witness', [record]), TypeError)
    }
  })

  it('says how many records are missing when they do not come', async () => {
    await kafka.createTopic('harness-missing')
    await witness.produce('harness-missing', [{ value: Buffer.from('1') }])
    await assert.rejects(
      witness.consumeAll('harness-missing', { count: 2, timeoutMs: 5000 }),
      /1 of 2 records in harness-missing within 5000 ms/,
    )
  })

  it('tells null, empty and absent apart through the console clients', async () => {
    await kafka.createTopic('harness-console')
    await consoleProduce(kafka.bootstrapServers, 'harness-console', [
      {
        key: 'k',
        value: 'v',
        headers: [
          ['b', 'ü'],
          ['a', ''],
          ['a', null],
        ],
      },
      { key: '', value: '' },
      { key: null, value: null },
    ])
    const records = await consoleConsume(kafka.bootstrapServers, 'harness-console', 3)
    assert.deepEqual(
      records.map(({ key, value, headers }) => ({ key, value, headers })),
      [
        {
          key: Buffer.from('k'),
          value: Buffer.from('v'),
          headers: [
            ['b', Buffer.from('ü')],
            ['a', Buffer.from('')],
            ['a', null],
          ],
        },
        { key: Buffer.from(''), value: Buffer.from(''), headers: [] },
        { key: null, value: null, headers: [] },
      ],
    )
    const [first] = await witness.consumeAll('harness-console')
    assert.deepEqual(
      { partition: first?.partition, offset: first?.offset, timestamp: first?.timestamp },
      { partition: 0, offset: 0, timestamp: records[0]?.timestamp },
    )
  })

  it('sees what a group committed', async () => {
    await kafka.createTopic('harness-committed', { partitions: 2 })
    await witness.produce('harness-committed', [{ partition: 1 }, { partition: 1 }])
    assert.deepEqual(await witness.committed('harness-group', 'harness-committed'), [])

    await runKafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
      ...['--bootstrap-server', kafka.bootstrapServers, '--group', 'harness-group'],
      ...['--topic', 'harness-committed:1', '--reset-offsets', '--to-offset', '1', '--execute'],
    ])

    assert.deepEqual(await witness.committed('harness-group', 'harness-committed'), [
      { partition: 1, offset: 1 },
    ])
  })

  it("passes on a Kafka tool's failure with its words", async () => {
    const topics = 'org.apache.kafka.tools.TopicCommand'
    await assert.rejects(
      runKafkaTool(topics, ['--bootstrap-server', kafka.bootstrapServers, '--describe-nothing']),
      /TopicCommand exited with 1\..*describe-nothing/s,
    )
  })
})

describe('three brokers', () => {
  let kafka: Kafka
  let witness: Witness

  before(async () => {
    kafka = await startKafka({ brokers: 3, config: { 'auto.create.topics.enable': 'false' } })
    witness = new Witness(kafka.bootstrapServers)
  })
  after(async () => {
    await witness.close()
    await kafka.stop()
  })

  it('obey the config given', async () => {
    await assert.rejects(witness.watermarks('nobody-created-it'), /There is no topic/)
  })

  it('keep the data through the restart of each', async () => {
    const topic = { partitions: 3, replicationFactor: 3, config: { 'min.insync.replicas': '2' } }
    await kafka.createTopic('restarts', topic)
    const values: string[] = []
    for (const broker of kafka.brokers) {
      await broker.stop(broker.id === 1 ? 'SIGKILL' : 'SIGTERM')
      values.push(`while ${broker.id} is down`)
      await witness.produce('restarts', [{ value: Buffer.from(values.at(-1) ?? '') }])
      await broker.start()
    }
    const records = await witness.consumeAll('restarts')
    assert.deepEqual(records.map(({ value }) => String(value)).sort(), values)
  })
})

describe('the end of a cluster', () => {
  it('comes with stop, which leaves no port open', async () => {
    const kafka = await startKafka()
    assert.equal(await isOpen(kafka.bootstrapServers), true)
    await kafka.stop()
    assert.equal(await isOpen(kafka.bootstrapServers), false)
  })

  it('comes with the process that started it, which leaves no data', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'sluice-harness-'))
    const { owner, bootstrapServers } = await startInChild(temporary)

    owner.kill('SIGTERM')
    const [, signal] = await once(owner, 'exit')

    assert.equal(signal, 'SIGTERM')
    await untilClosed(bootstrapServers)
    assert.deepEqual(
      readdirSync(temporary).filter((name) => name.startsWith('sluice-kafka-')),
      [],
    )
    rmSync(temporary, { recursive: true })
  })

  const isLinux = process.platform === 'linux'
  it('comes even when that process is killed', { skip: !isLinux }, async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'sluice-harness-'))
    const { owner, bootstrapServers } = await startInChild(temporary)
    owner.kill('SIGKILL')
    await untilClosed(bootstrapServers)
    rmSync(temporary, { recursive: true })
  })

  it('comes early, with the log, when a broker cannot start', async () => {
    await assert.rejects(
      startKafka({ config: { 'authorizer.class.name': 'no.such.Authorizer' } }),
      /Broker 1 ended\. The end of its log:.*no\.such\.Authorizer/s,
    )
  })
})

/** Starts a cluster from a process of its own, with its data below the folder. */
async function startInChild(folder: string) {
  const script = `
    import { startKafka } from ${JSON.stringify(join(import.meta.dirname, 'kafka.ts'))}
    const { bootstrapServers } = await startKafka()
    console.log(bootstrapServers)
    setInterval(() => {}, 1000)
  `
  const owner = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    { env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = await once(owner.stdout, 'data')
  const bootstrapServers = String(line).trim()
  assert.equal(await isOpen(bootstrapServers), true)
  return { owner, bootstrapServers }
}

/** A killed process is gone soon, not at once. */
async function untilClosed(address: string): Promise<void> {
  const isClosed = async () => !(await isOpen(address))
  await until(`nothing listens on ${address}`, isClosed, 60_000)
}

/** Whether someone listens at host:port. */
async function isOpen(address: string): Promise<boolean> {
  const [host = '', port] = address.split(':')
  const socket = connect(Number(port), host)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
