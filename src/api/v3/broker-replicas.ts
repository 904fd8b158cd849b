/** The replicas on a broker. */
import type { Broker, TopicDescription, TopicPartitions } from '../../kafka/admin.ts'
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

/** The replicas that are assigned to a broker and that are on its disks. A broker tells of the latter in batches of topics. */
async function* replicasOn(
  broker: Broker,
  cluster: Place,
  clusterId: string,
  services: Pick<Services, 'admin' | 'visibleTopics'>,
): AsyncGenerator<object> {
  for await (const names of namesInBatches(services)) {
    const topics = await assignedTopics(broker, names, services.admin)
    const dirs = await services.admin.describeLogDirs(broker, partitionsOfTopics(topics))
    // A replica that moves between directories is in two of them.
    const onDisk = new Set(
      dirs.flatMap(({ replicas }) => replicas.map((each) => keyOf(each.topic, each.partition))),
    )
    yield* topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ partition }) => onDisk.has(keyOf(name, partition)))
        .map((partition) => replicaResource(cluster, clusterId, name, partition, broker.id)),
    )
  }
}

/** Returns the names of the topics that the client may see, in batches. Without any there is one, which is empty. */
export async function* namesInBatches({
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
export async function assignedTopics(
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
export function partitionsOfTopics(topics: readonly AssignedTopic[]): TopicPartitions[] {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partition }) => partition),
  }))
}
