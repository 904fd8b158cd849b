/** A real Apache Kafka for tests, benchmarks and load tests: one broker, or three. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from './at-exit.ts'
import { Broker } from './broker.ts'
import { freePorts } from './free-ports.ts'
import { runKafkaTool } from './kafka-tool.ts'
import { Relay } from './relay.ts'
import { createTopic, type TopicOptions } from './topics.ts'

/** What a test cluster is like. */
export interface KafkaOptions {
  /** How many nodes, each broker and controller. 1 when absent. */
  brokers?: 1 | 3
  /** Lines of every node's `server.properties`, over those of `serverProperties` below. */
  config?: Record<string, string>
  /** Whether each broker has a further address, behind a relay. */
  isRelayed?: boolean
  /** Heap of each node. 512 when absent, which is plenty for tests. */
  heapMb?: number
  /** Further options of each node's Java virtual machine. */
  javaOptions?: readonly string[]
}

/** A running cluster. */
export interface Kafka {
  /** All brokers, as clients take them. */
  readonly bootstrapServers: string
  /** The same brokers, where clients have to show a password (SCRAM-SHA-256). */
  readonly saslServers: string
  readonly brokers: readonly Broker[]
  /** The relays of the brokers; empty without `isRelayed`. Clients that take these addresses reach no broker past them. */
  readonly relays: readonly Relay[]
  /** Creates a topic; resolves when every partition has a leader. */
  createTopic(name: string, options?: TopicOptions): Promise<void>
  /** Ends every process and removes the data. */
  stop(): Promise<void>
}

/**
 * Starts a cluster on free ports of the loopback interface, with its data below the temporary
 * folder of the system. It ends with this process at the latest. Throws, with the end of the log,
 * when a node does not come up.
 */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  const { brokers: count = 1, config = {}, heapMb = 512, javaOptions } = options
  const ports = await freePorts(4 * count)
  const portsOf = (index: number) => ports.slice(4 * index) as [number, number, number, number]
  const relays = await Promise.all(
    Array.from({ length: options.isRelayed ? count : 0 }, (_, index) =>
      Relay.open(portsOf(index)[3]),
    ),
  )
  const nodes = Array.from({ length: count }, (_, index): Node => {
    const [clients, sasl, controller, relayed] = portsOf(index).map(
      (port) => `127.0.0.1:${port}`,
    ) as [string, string, string, string]
    const relay = relays[index]?.address
    return { id: index + 1, clients, sasl, controller, ...(relay && { relayed, relay }) }
  })
  const folder = mkdtempSync(join(tmpdir(), 'sluice-kafka-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  const cancelRemoval = atExit(removeFolder)
  const brokers = nodes.map(
    ({ id }) => new Broker(id, join(folder, String(id)), heapMb, javaOptions),
  )

  async function stop(): Promise<void> {
    // The data go too, so nothing is gained from a controlled shutdown.
    await Promise.all(brokers.map((broker) => broker.stop('SIGKILL')))
    for (const relay of relays) relay.close()
    cancelRemoval()
    removeFolder()
  }

  try {
    const clusterId = randomBytes(16).toString('base64url')
    await Promise.all(nodes.map((node) => format(folder, clusterId, node, nodes, config)))
    await Promise.all(brokers.map((broker) => broker.start()))
  } catch (error) {
    await stop()
    throw error
  }
  const bootstrapServers = nodes.map(({ clients }) => clients).join(',')
  return {
    bootstrapServers,
    saslServers: nodes.map(({ sasl }) => sasl).join(','),
    brokers,
    relays,
    createTopic: (name, topic) => createTopic(bootstrapServers, name, topic),
    stop,
  }
}

interface Node {
  id: number
  /** Where clients reach it, as host:port. */
  clients: string
  /** Where those reach it that show a password. */
  sasl: string
  /** Where the other controllers reach it. */
  controller: string
  /** Where its relay reaches it, and where clients reach the relay. */
  relayed?: string
  relay?: string
}

async function format(
  folder: string,
  clusterId: string,
  node: Node,
  nodes: readonly Node[],
  config: Record<string, string>,
): Promise<void> {
  const home = join(folder, String(node.id))
  mkdirSync(home)
  const properties = { ...serverProperties(home, node, nodes), ...config }
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
  const file = join(home, 'server.properties')
  writeFileSync(file, lines.join(''))
  await runKafkaTool('kafka.tools.StorageTool', ['format', `--cluster-id=${clusterId}`, '-c', file])
}

function serverProperties(home: string, node: Node, nodes: readonly Node[]) {
  const replicas = String(nodes.length)
  const minIsr = nodes.length === 1 ? '1' : '2'
  const [relayed, relay] = node.relay
    ? [`,RELAYED://${node.relayed}`, `,RELAYED://${node.relay}`]
    : ['', '']
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': nodes.map((each) => `${each.id}@${each.controller}`).join(','),
    listeners: `PLAINTEXT://${node.clients},SASL://${node.sasl},CONTROLLER://${node.controller}${relayed}`,
    'advertised.listeners': `PLAINTEXT://${node.clients},SASL://${node.sasl}${relay}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT,RELAYED:PLAINTEXT',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-256',
    'listener.name.sasl.scram-sha-256.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'log.dirs': join(home, 'data'),
    'default.replication.factor': replicas,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minIsr,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': minIsr,
    // 50 partitions each would only make the first consumer and the first restart slower.
    'offsets.topic.num.partitions': '8',
    'transaction.state.log.num.partitions': '4',
    // A group's first member would otherwise wait 3 s for others.
    'group.initial.rebalance.delay.ms': '0',
    // A crashed broker is neither replaced as a leader nor let in again before its session ends,
    // by default after 9 s.
    'broker.session.timeout.ms': '4000',
    'broker.heartbeat.interval.ms': '500',
    // The default of 128 MiB is a quarter of the heap, for as good as no compaction.
    'log.cleaner.dedupe.buffer.size': '4194304',
    // Records with a timestamp of years ago would otherwise be deleted by the next check of the
    // retention time, which comes every five minutes.
    'log.retention.ms': '-1',
    'auto.create.topics.enable': 'true',
  }
}
