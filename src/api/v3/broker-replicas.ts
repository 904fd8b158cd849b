/** The replicas on a broker. */
import type { Broker, LogDir, TopicDescription, TopicPartitions } from '../../kafka/admin.ts'
import type { Services } from '../services.ts'
import { byText, inBatches, isHidden } from './batches.ts'
import { brokerOf } from './brokers.ts'
import { CANNOT_BE_FOUND, CLUSTER, clusterOf } from './cluster.ts'
import { collection, collectionOf } from './collection.ts'
import { keyOf } from './lags.ts'
import type { Place } from './links.ts'
import { Replica, replicaResource } from './partitions.ts'
import { v3 } from './resources.ts'

const TOPICS_AT_ONCE = 200

/** About which a broker is asked at a time: the use of an answer takes some milliseconds of the event loop. */
const PARTITIONS_AT_ONCE = 2000

/** The message of the 404 for a broker that does not live. */
export const NO_BROKER = (id: number) => `Broker ${id} cannot be found.`

export const listBrokerReplicas = v3({
  operationId: 'listKafkaBrokerReplicas',
  name: 'api.v3.replicas.search-by-broker',
  tag: 'Replica',
  method: 'GET',
  path: `${CLUSTER}/brokers/{broker_id}/partition-replicas`,
  integers: ['broker_id'],
  summary: 'List the replicas on the disks of a broker.',
  responses: {
    200: { description: 'The replicas by topic and partition.', schema: collectionOf(Replica) },
  },
  async handler({ params: { cluster_id, broker_id } }, services) {
    const cluster = await clusterOf(services, cluster_id, CANNOT_BE_FOUND)
    const broker = await brokerOf(services, broker_id, NO_BROKER)
    return collection(
      'KafkaReplicaList',
      cluster.urlOf('brokers', broker.id, 'partition-replicas'),
      replicasOn(broker, cluster, cluster_id, services),
    )
  },
})

/** The services with which a list asks for directories. */
export type DirServices = Pick<Services, 'admin' | 'principal' | 'visibleTopics'>

/** The replicas that are assigned to a broker and that are on its disks. */
async function* replicasOn(
  broker: Broker,
  cluster: Place,
  clusterId: string,
  services: DirServices,
): AsyncGenerator<object> {
  for await (const batch of dirsInBatches(broker, services)) {
    // One by one, so that other requests get their turn between them.
    for (const { name, partition } of heldIn(batch)) {
      yield replicaResource(cluster, clusterId, name, partition, broker.id)
    }
  }
}

/** The assigned partitions that are in a directory. */
function* heldIn({ topics, dirs }: DirsOfPartitions) {
  // A replica that moves between directories is in two of them.
  const held = new Set<string>()
  for (const { replicas } of dirs) {
    for (const { topic, partition } of replicas) held.add(keyOf(topic, partition))
  }
  for (const { name, partitions } of topics) {
    for (const partition of partitions) {
      if (held.has(keyOf(name, partition.partition))) yield { name, partition }
    }
  }
}

/** Partitions that are assigned to a broker, and what its directories have of them. */
interface DirsOfPartitions {
  readonly topics: readonly AssignedTopic[]
  readonly dirs: readonly LogDir[]
}

/**
 * Asks a broker about its directories and the partitions that the client may see, a batch at a time: the answers of large
 * brokers would hold the event loop. A broker without partitions is asked once.
 */
export async function* dirsInBatches(
  broker: Broker,
  services: DirServices,
): AsyncGenerator<DirsOfPartitions> {
  const { admin, principal } = services
  for await (const names of namesInBatches(services)) {
    for (const topics of partsOf(await assignedTopics(broker, names, admin))) {
      yield { topics, dirs: await admin.describeLogDirs(principal, broker, partitionsOf(topics)) }
    }
  }
}

/** Cuts topics into parts with at most PARTITIONS_AT_ONCE partitions. There is one part at least. */
function partsOf(topics: readonly AssignedTopic[]): AssignedTopic[][] {
  let part: AssignedTopic[] = []
  let room = PARTITIONS_AT_ONCE
  const parts = [part]
  for (const { name, partitions } of topics) {
    for (let at = 0; at < partitions.length; ) {
      if (room === 0) {
        part = []
        room = PARTITIONS_AT_ONCE
        parts.push(part)
      }
      const some = partitions.slice(at, at + room)
      part.push({ name, partitions: some })
      room -= some.length
      at += some.length
    }
  }
  return parts
}

/** Returns the names of the topics that the client may see, in batches. Without any there is one, which is empty. */
async function* namesInBatches({
  admin,
  visibleTopics,
}: Pick<Services, 'admin' | 'visibleTopics'>): AsyncGenerator<readonly string[]> {
  const all = (await admin.listAllTopics()).sort(byText)
  const names = visibleTopics ? visibleTopics(all) : all
  for (let at = 0; at === 0 || at < names.length; at += TOPICS_AT_ONCE) {
    yield names.slice(at, at + TOPICS_AT_ONCE)
  }
}

/** A topic with the partitions that are assigned to a broker. */
type AssignedTopic = Pick<TopicDescription, 'name' | 'partitions'>

/** Describes topics, by name, with those of their partitions that are assigned to a broker. */
async function assignedTopics(
  { id }: Broker,
  names: readonly string[],
  admin: Services['admin'],
): Promise<AssignedTopic[]> {
  const topics: AssignedTopic[] = []
  const described = inBatches(
    names,
    TOPICS_AT_ONCE,
    (batch) => admin.describeTopics(batch, { withPartitions: true }),
    isHidden,
  )
  for await (const { name, partitions } of described) {
    const assigned = partitions.filter(({ replicas }) => replicas.includes(id))
    assigned.sort((left, right) => left.partition - right.partition)
    if (assigned.length > 0) topics.push({ name, partitions: assigned })
  }
  return topics.sort((left, right) => byText(left.name, right.name))
}

/** The partitions of topics, for a question to a broker. */
function partitionsOf(topics: readonly AssignedTopic[]): TopicPartitions[] {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partition }) => partition),
  }))
}
