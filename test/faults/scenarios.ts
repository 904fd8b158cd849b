/**
 * The faults. Each scenario runs a workload on a real cluster, does something to it again and again,
 * lets it recover, and compares the account of the clients with the topic.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BalancerName, documentedSettings, type Replacement } from '../cluster/balancers.ts'
import { freePorts } from '../cluster/free-ports.ts'
import { type Kafka, startKafka } from '../cluster/kafka.ts'
import { Witness } from '../cluster/witness.ts'
import { runAborts } from './aborts.ts'
import {
  type ClusterSetting,
  clusterCuts,
  clusterFaults,
  clusterKills,
  clusterRestarts,
  runCluster,
} from './cluster.ts'
import { coordinatorOf } from './coordinator.ts'
import { type Finding, known } from './finding.ts'
import { Fleet } from './fleet.ts'
import { Ledger } from './ledger.ts'
import { PARTITIONS, Workload, type WorkloadOptions } from './workload.ts'

/** How long everything may take to recover after the last fault. */
const DRAIN_MS = 90_000

/** How long producing and reading may take to go on after a fault. */
const RECOVERY_MS = 60_000

/** A scenario, and how often its fault happens in a short run and in a long one. */
export interface Scenario {
  readonly name: string
  /** A line for the documentation. */
  readonly what: string
  readonly short: number
  readonly long: number
  run(faults: number): Promise<Finding>
}

/** The cluster and the proxies of one run. */
interface Stage {
  readonly kafka: Kafka
  readonly fleet: Fleet
  readonly workload: Workload
  readonly options: WorkloadOptions
}

interface Setting {
  readonly brokers?: 1 | 3
  readonly nodes?: number
  readonly config?: Record<string, string>
  readonly workload?: Partial<WorkloadOptions>
  /** Clients call the nodes through these, with changes of their files, and no call may fail. */
  readonly balancers?: Readonly<Record<BalancerName, readonly Replacement[]>>
  /** The nodes are one cluster. */
  readonly isCluster?: boolean
  /** Whether the cluster can bear the fault without refusing a record. */
  readonly refusesNone?: boolean
  /** Does the fault once. `round` counts from zero. */
  fault(stage: Stage, round: number): Promise<void>
}

async function run(scenario: string, faults: number, setting: Setting): Promise<Finding> {
  const { brokers = 3, nodes: count = 1, config = {} } = setting
  const started = performance.now()
  const minIsr = { 'min.insync.replicas': String(Math.min(2, brokers)) }
  const kafka = await startKafka({ brokers, config: minIsr })
  const witness = new Witness(kafka.bootstrapServers)
  const own = setting.isCluster ? await clusterConfigs(count) : []
  const fleet = new Fleet(kafka.bootstrapServers, config, own)
  try {
    await fleet.start(count, setting.balancers ?? {})
    const topic = `faults-${randomUUID()}`
    const options = { topic, group: topic, producers: 4, members: 3, ...setting.workload }
    await kafka.createTopic(topic, { partitions: PARTITIONS, replicationFactor: brokers })
    const ledger = new Ledger()
    const workload = new Workload(options, (client) => fleet.apiFor(client), ledger)
    let stalls = (await workload.progresses(RECOVERY_MS)) ? 0 : 1
    const stage = { kafka, fleet, workload, options }
    let wedged = 0
    for (let round = 0; round < faults; round++) {
      await setting.fault(stage, round)
      if (!(await workload.progresses(RECOVERY_MS))) stalls++
      wedged += (await workload.wedgedCalls(RECOVERY_MS)).length
    }
    wedged += (await workload.finish(DRAIN_MS)).length
    const stored = await witness.consumeAll(topic, { timeoutMs: 120_000 })
    const verdict = ledger.judge(stored.map(known))
    return {
      scenario,
      faults,
      refusedNeedlessly: setting.refusesNone ? verdict.refused : 0,
      seconds: Math.round((performance.now() - started) / 1000),
      commits: workload.commits,
      failedCalls: setting.balancers ? workload.failedCalls : 0,
      hangs: fleet.hangs,
      stalls,
      wedged,
      longestCallMs: fleet.longestCallMs,
      refusals: Object.fromEntries(workload.refusals),
      ...verdict,
    }
  } finally {
    await witness.close()
    await fleet.stop()
    await kafka.stop()
  }
}

const kills: Setting = {
  refusesNone: true,
  async fault({ kafka }, round) {
    const broker = kafka.brokers[round % 3]
    await broker?.stop('SIGKILL')
    await sleep(3000)
    await broker?.start()
  },
}

const hangs: Setting = {
  refusesNone: true,
  async fault({ kafka }, round) {
    const broker = kafka.brokers[round % 3]
    broker?.pause()
    await sleep(15_000)
    broker?.resume()
  },
}

const outages: Setting = {
  async fault({ kafka }, round) {
    await Promise.all(kafka.brokers.map((broker) => broker.stop('SIGKILL')))
    // The second one outlives delivery.timeout.ms.
    await sleep(round % 2 === 0 ? 8000 : 40_000)
    await Promise.all(kafka.brokers.map((broker) => broker.start()))
  },
}

const coordinators: Setting = {
  refusesNone: true,
  workload: { members: 6 },
  async fault({ kafka, options }) {
    const id = await coordinatorOf(kafka.bootstrapServers, options.group)
    const broker = kafka.brokers.find((each) => each.id === id)
    await broker?.stop('SIGTERM')
    await broker?.start()
  },
}

const loneBroker: Setting = {
  brokers: 1,
  workload: { members: 6 },
  async fault({ kafka }) {
    const [broker] = kafka.brokers
    await broker?.stop('SIGTERM')
    await broker?.start()
  },
}

const nodes: Setting = {
  nodes: 2,
  // The members of a dead node would otherwise hold their partitions for 45 s.
  config: { 'consumer.session.timeout.ms': '6000' },
  workload: { members: 4 },
  async fault({ fleet }, round) {
    const index = round % 2
    if (round % 4 < 2) await fleet.killNode(index)
    else await fleet.endNode(index)
    await sleep(3000)
    await fleet.startNode(index)
  },
}

/** Restarts all nodes, one after another, behind the balancers of `deploy/`. */
function rollingRestart(count: number, threads: number): Setting {
  return {
    brokers: 1,
    nodes: count,
    balancers: { nginx: [], haproxy: [] },
    // An instance that nginx no longer reaches keeps its partitions until this time is over.
    config: {
      ...documentedSettings(),
      'consumer.instance.timeout.ms': '30000',
      'sluice.http.threads': String(threads),
    },
    workload: { members: 4 },
    refusesNone: true,
    async fault({ fleet }) {
      for (let index = 0; index < count; index++) await fleet.restartNode(index)
    },
  }
}

/** The same for a cluster behind balancers that choose a node for each request. No client loses its instance. */
const clusterRestart: Setting = {
  ...rollingRestart(3, 1),
  isCluster: true,
  balancers: {
    nginx: [['    hash $sluice_affinity consistent;\n', '']],
    haproxy: [['    use_backend sluice-consumers if { path_beg /consumers/ }\n', '']],
  },
  workload: { members: 4, keepsInstances: true },
}

const rebalances: Setting = {
  refusesNone: true,
  workload: { members: 5, memberLifeMs: 3000 },
  async fault({ workload }) {
    const { changes } = workload
    while (workload.changes === changes) await sleep(50)
  },
}

const cooperativeRebalances: Setting = {
  ...rebalances,
  config: { 'consumer.partition.assignment.strategy': 'cooperative-sticky' },
}

/** All scenarios, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  of('kills', 'One broker after another is killed and restarts after 3 s', 2, 14, kills),
  of('hangs', 'One broker after another stops for 15 s without an exit (SIGSTOP)', 1, 4, hangs),
  of('outages', 'All brokers are killed and restart after 8 s or 40 s', 1, 2, outages),
  of('coordinators', 'The broker that coordinates the group restarts', 2, 10, coordinators),
  of('lone-broker', 'The only broker restarts', 2, 10, loneBroker),
  of('nodes', 'One of two Sluice processes is killed or stopped, and replaced', 2, 10, nodes),
  of(
    'restarts-of-two',
    'A rolling restart of two Sluice processes behind nginx and HAProxy',
    2,
    10,
    rollingRestart(2, 1),
  ),
  of(
    'restarts-of-three',
    'A rolling restart of three Sluice processes with two event loops each, behind nginx and HAProxy',
    2,
    10,
    rollingRestart(3, 2),
  ),
  of(
    'restarts-of-cluster',
    'A rolling restart of a cluster of three Sluice processes behind nginx and HAProxy, without stickiness',
    1,
    10,
    clusterRestart,
  ),
  of('rebalances', 'Members join and leave under load', 8, 100, rebalances),
  of(
    'cooperative',
    'Members join and leave under load, with partition.assignment.strategy=cooperative-sticky',
    8,
    100,
    cooperativeRebalances,
  ),
  ofCluster(
    'cluster-restarts',
    'A rolling restart of a cluster of three Sluice processes; clients call them in turn',
    1,
    10,
    clusterRestarts,
  ),
  ofCluster(
    'cluster-kills',
    'One process after another of a cluster of three is killed, every 20 s',
    1,
    15,
    clusterKills,
  ),
  ofCluster(
    'cluster-faults',
    'In a cluster of three one process stops beyond its session (SIGSTOP), or all are killed at once',
    2,
    6,
    clusterFaults,
  ),
  ofCluster(
    'cluster-cuts',
    'The network of one process of a cluster of three is cut beyond its session, and comes back',
    1,
    6,
    clusterCuts,
  ),
  {
    name: 'aborts',
    what: 'Readers close their connections in the middle of a response of up to 40 MB',
    short: 15,
    long: 100,
    run: (faults) => runAborts('aborts', faults),
  },
]

/** The settings of the nodes of a cluster, each at an address of its own. */
async function clusterConfigs(count: number): Promise<Record<string, string>[]> {
  return (await freePorts(count)).map((port) => ({
    'sluice.cluster.id': 'faults',
    'sluice.peer.secret': 'a secret of the fault lanes',
    'sluice.peer.listeners': `http://127.0.0.1:${port}`,
  }))
}

function of(name: string, what: string, short: number, long: number, setting: Setting): Scenario {
  return { name, what, short, long, run: (faults) => run(name, faults, setting) }
}

const SMALL = { groups: 4, instances: 3, rate: 500 }
const LARGE = { groups: 20, instances: 5, rate: 200 }

/** The long form has more groups and instances. */
function ofCluster(
  name: string,
  what: string,
  short: number,
  long: number,
  setting: ClusterSetting,
): Scenario {
  const run = (faults: number) =>
    runCluster(name, faults, faults === short ? SMALL : LARGE, setting)
  return { name, what, short, long, run }
}
