/** The replicas on a broker. */
import type { Broker, TopicDescription } from '../../kafka/admin.ts'
import type { Services } from '../services.ts'
import { byText, inBatches, isHidden } from './batches.ts'
import { brokerOf } from './brokers.ts'
import { CANNOT_BE_FOUND, CLUSTER, clusterOf } from './cluster.ts'
import { collection, collectionOf } from './collection.ts'
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
  { admin, visibleTopics }: Pick<Services, 'admin' | 'visibleTopics'>,
): AsyncGenerator<object> {
  const all = (await admin.listAllTopics()).sort(byText)
  const names = visibleTopics ? visibleTopics(all) : all
  // A broker without a topic is asked, too: the client may not have the right to ask.
  for (let at = 0; at === 0 || at < names.length; at += TOPICS_AT_ONCE) {
    const topics = await assignedTopics(broker, names.slice(at, at + TOPICS_AT_ONCE), admin)
    const onDisk = await replicasOnDisk(broker, topics, admin)
    yield* topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ partition }) => onDisk.has(keyOf(name, partition)))
        .map((partition) => replicaResource(cluster, clusterId, name, partition, broker.id)),
    )
  }
}

/** Describes topics, by name, with those of their partitions that are assigned to a broker. */
async function assignedTopics({ id }: Broker, names: readonly string[], admin: Services['admin']) {
  const topics: Pick<TopicDescription, 'name' | 'partitions'>[] = []
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

/** Returns the keys of the replicas that a broker has. A replica that moves between directories is in two of them. */
async function replicasOnDisk(
  broker: Broker,
  topics: readonly Pick<TopicDescription, 'name' | 'partitions'>[],
  admin: Services['admin'],
): Promise<ReadonlySet<string>> {
  const asked = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partition }) => partition),
  }))
  const dirs = await admin.describeLogDirs(broker, asked)
  return new Set(
    dirs.flatMap(({ replicas }) => replicas.map((each) => keyOf(each.topic, each.partition))),
  )
}

function keyOf(topic: string, partition: number): string {
  return `${topic}\0${partition}`
}
