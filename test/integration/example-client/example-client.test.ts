/** The client of docs/production.md: it loses nothing while nodes are stopped and killed behind a balancer. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { atExit } from '../../cluster/at-exit.ts'
import { documentedSettings, startBalancer } from '../../cluster/balancers.ts'
import { sharedKafka } from '../../cluster/shared-kafka.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const CLIENT = join(import.meta.dirname, '../../../docs/examples/rest_client.py')
const GROUP = uniqueName('group')
const RECORDS = 600

const kafka = await sharedKafka()
const config = {
  ...documentedSettings(),
  'sluice.shutdown.delay.ms': '1000',
  // The members of a killed node would otherwise hold their partitions for 45 s.
  'consumer.session.timeout.ms': '6000',
}
const nodes = await Promise.all([0, 1].map(() => startSluice(kafka.bootstrapServers, config)))
const balancer = await startBalancer(
  'haproxy',
  nodes.map(({ url }) => url),
)
const topic = uniqueName('example')
await kafka.createTopic(topic, { partitions: 4 })
const children: ChildProcess[] = []
after(async () => {
  for (const child of children) child.kill('SIGKILL')
  await balancer.stop()
  await Promise.all(nodes.map((node) => node.stop()))
  await kafka.stop()
})

function run(...args: string[]): ChildProcess {
  const child = spawn('python3', [CLIENT, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const cancel = atExit(() => child.kill('SIGKILL'))
  child.once('exit', cancel)
  children.push(child)
  return child
}

async function replace(index: number, signal: NodeJS.Signals): Promise<void> {
  const node = nodes[index] as Sluice
  await node.stop(signal)
  nodes[index] = await startSluice(kafka.bootstrapServers, { ...config, listeners: node.url })
}

test('each value that the client has produced is read, across a stop and two kills of nodes', async () => {
  const producer = run('produce', balancer.url, topic)
  const seen = new Set<string>()
  const readers = [0, 1].map(() => run('consume', balancer.url, topic, GROUP))
  for (const { stdout } of readers) {
    let rest = ''
    stdout?.setEncoding('utf8').on('data', (piece: string) => {
      const lines = (rest + piece).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) seen.add(line)
    })
  }
  const feed = async (from: number, to: number) => {
    for (let value = from; value < to; value++) producer.stdin?.write(`${value}\n`)
    await until('some are read', () => seen.size >= to - (to - from) / 2, 120_000)
  }
  await feed(0, 150)
  await Promise.all([replace(0, 'SIGTERM'), feed(150, 300)])
  await Promise.all([replace(1, 'SIGKILL'), feed(300, 450)])
  await Promise.all([replace(0, 'SIGKILL'), feed(450, RECORDS)])
  producer.stdin?.end()
  assert.deepEqual(await once(producer, 'exit'), [0, null])
  await until('all are read', () => seen.size === RECORDS, 120_000)
  for (const child of readers) assert.equal(child.exitCode, null)
})
