/** Partitions, their offsets and their replicas. */

import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { ok } from '../../http/route.ts'
import type { PartitionDescription } from '../../kafka/admin.ts'
import { intOf } from '../java-integers.ts'
import { nullable } from '../json-body.ts'
import type { Services } from '../services.ts'
import { CANNOT_BE_FOUND, clusterOf } from './cluster.ts'
import { collection, collectionOf } from './collection.ts'
import { badRequest } from './dialect.ts'
import type { Place } from './links.ts'
import { Relation, resourceOf, v3 } from './resources.ts'
import { TOPIC, topicPlace } from './topics.ts'

const PARTITION = `${TOPIC}/partitions/{partition_id}` as const

/** The members of everything that belongs to a partition. */
export const OF_PARTITION = { topic_name: Type.String(), partition_id: Type.Integer() }

const Partition = resourceOf('KafkaPartition', {
  ...OF_PARTITION,
  leader: nullable(Relation),
  replicas: Relation,
  reassignment: Relation,
})

/** The place of a partition. */
export function partitionPlace(cluster: Place, topic: string, partition: number): Place {
  return topicPlace(cluster, topic).at(['partitions', partition], ['partition', partition])
}

function partitionResource(
  cluster: Place,
  clusterId: string,
  topic: string,
  { partition, leader }: PartitionDescription,
) {
  const place = partitionPlace(cluster, topic, partition)
  return {
    kind: 'KafkaPartition',
    metadata: place.metadata,
    cluster_id: clusterId,
    topic_name: topic,
    partition_id: partition,
    leader: leader < 0 ? null : place.related('replicas', leader),
    replicas: place.related('replicas'),
    reassignment: place.related('reassignment'),
  }
}

/** Returns the partitions of a topic by their numbers. */
async function partitionsOf({ admin }: Pick<Services, 'admin'>, topic: string) {
  const { partitions } = await admin.describeTopic(topic)
  return [...partitions].sort((left, right) => left.partition - right.partition)
}

/** @param missing the error for a partition that the topic does not have */
async function partitionOf(
  services: Pick<Services, 'admin'>,
  topic: string,
  partition: number,
  missing = new RestError('NOT_FOUND'),
): Promise<PartitionDescription> {
  const partitions = await partitionsOf(services, topic)
  const found = partitions.find((each) => each.partition === partition)
  if (!found) throw missing
  return found
}

export const listPartitionsV3 = v3({
  operationId: 'listKafkaPartitions',
  name: 'api.v3.partitions.list',
  tag: 'Partition',
  method: 'GET',
  path: `${TOPIC}/partitions`,
  summary: 'List the partitions of a topic.',
  responses: {
    200: { description: 'The partitions by number.', schema: collectionOf(Partition) },
  },
  errors: ['UNKNOWN_TOPIC_OR_PARTITION'],
  async handler({ params: { cluster_id, topic_name } }, services) {
    const cluster = await clusterOf(services, cluster_id, CANNOT_BE_FOUND)
    const partitions = await partitionsOf(services, topic_name)
    return collection(
      'KafkaPartitionList',
      topicPlace(cluster, topic_name).urlOf('partitions'),
      partitions.map((partition) => partitionResource(cluster, cluster_id, topic_name, partition)),
    )
  },
})

export const getPartitionV3 = v3({
  operationId: 'getKafkaPartition',
  name: 'api.v3.partitions.get',
  tag: 'Partition',
  method: 'GET',
  path: PARTITION,
  integers: ['partition_id'],
  summary: 'Describe a partition.',
  responses: { 200: { description: 'The partition.', schema: Partition } },
  errors: ['UNKNOWN_TOPIC_OR_PARTITION'],
  async handler({ params: { cluster_id, topic_name, partition_id } }, services) {
    const number = intOf(partition_id)
    const cluster = await clusterOf(services, cluster_id)
    try {
      const partition = await partitionOf(services, topic_name, number)
      return ok(partitionResource(cluster, cluster_id, topic_name, partition))
    } catch (error) {
      if ((error as RestError).name !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
      const message = `This server does not host topic-partition ${number} for topic ${topic_name}`
      throw new RestError('UNKNOWN_TOPIC_OR_PARTITION', message)
    }
  },
})

/** The only value of the parameter. */
const OFFSET_TYPE = 'earliest_and_latest'

export const listPartitionOffsets = v3({
  operationId: 'listKafkaPartitionOffsets',
  name: 'api.v3.partitions.list.offsets',
  tag: 'Partition',
  method: 'GET',
  path: `${PARTITION}/offset`,
  integers: ['partition_id'],
  summary: 'Return the first offset of a partition, and that of the next record.',
  query: {
    offset_type: { type: 'text', description: `\`${OFFSET_TYPE}\`, or absent.` },
  },
  responses: {
    200: {
      description: 'The offsets.',
      schema: resourceOf('KafkaPartitionWithOffsets', {
        ...OF_PARTITION,
        earliest_offset: Type.Integer(),
        latest_offset: Type.Integer(),
      }),
    },
  },
  errors: ['UNKNOWN_TOPIC_OR_PARTITION', 'PARTITION_NOT_FOUND'],
  async handler({ params: { cluster_id, topic_name, partition_id }, query }, services) {
    const type = query.offset_type ?? OFFSET_TYPE
    if (type !== OFFSET_TYPE) throw badRequest(`offset_type:${type} is invalid`)
    const number = intOf(partition_id)
    const cluster = await clusterOf(services, cluster_id)
    await partitionOf(services, topic_name, number, new RestError('PARTITION_NOT_FOUND'))
    const { beginning, end } = await services.admin.offsets(topic_name, number)
    const place = partitionPlace(cluster, topic_name, number).at(['offset'], ['offset_type', type])
    return ok({
      kind: 'KafkaPartitionWithOffsets',
      metadata: place.metadata,
      cluster_id,
      topic_name,
      partition_id: number,
      earliest_offset: beginning,
      latest_offset: end,
    })
  },
})

/** The description of a replica. */
export const Replica = resourceOf('KafkaReplica', {
  ...OF_PARTITION,
  broker_id: Type.Integer(),
  is_leader: Type.Boolean(),
  is_in_sync: Type.Boolean(),
  broker: Relation,
})

/** The replica of a partition on a broker. */
export function replicaResource(
  cluster: Place,
  clusterId: string,
  topic: string,
  { partition, leader, isr }: PartitionDescription,
  broker: number,
) {
  const place = partitionPlace(cluster, topic, partition)
  return {
    kind: 'KafkaReplica',
    metadata: place.at(['replicas', broker], ['replica', broker]).metadata,
    cluster_id: clusterId,
    topic_name: topic,
    partition_id: partition,
    broker_id: broker,
    is_leader: leader === broker,
    is_in_sync: isr.includes(broker),
    broker: cluster.related('brokers', broker),
  }
}

/** The error of a request for replicas of a partition that the topic does not have. */
function missingPartition(clusterId: string, topic: string, partition: number): RestError {
  const message = `Partition ${partition} of topic ${topic} could not be found on cluster ${clusterId}.`
  return new RestError('NOT_FOUND', message)
}

export const listReplicas = v3({
  operationId: 'listKafkaReplicas',
  name: 'api.v3.replicas.list',
  tag: 'Replica',
  method: 'GET',
  path: `${PARTITION}/replicas`,
  integers: ['partition_id'],
  summary: 'List the replicas of a partition.',
  responses: {
    200: { description: "The replicas in Kafka's order.", schema: collectionOf(Replica) },
  },
  errors: ['UNKNOWN_TOPIC_OR_PARTITION'],
  async handler({ params: { cluster_id, topic_name, partition_id } }, services) {
    const number = intOf(partition_id)
    const cluster = await clusterOf(services, cluster_id)
    const missing = missingPartition(cluster_id, topic_name, number)
    const partition = await partitionOf(services, topic_name, number, missing)
    return collection(
      'KafkaReplicaList',
      partitionPlace(cluster, topic_name, number).urlOf('replicas'),
      partition.replicas.map((broker) =>
        replicaResource(cluster, cluster_id, topic_name, partition, broker),
      ),
    )
  },
})

export const getReplica = v3({
  operationId: 'getKafkaReplica',
  name: 'api.v3.replicas.get',
  tag: 'Replica',
  method: 'GET',
  path: `${PARTITION}/replicas/{broker_id}`,
  integers: ['partition_id', 'broker_id'],
  summary: 'Describe a replica.',
  responses: { 200: { description: 'The replica.', schema: Replica } },
  errors: ['UNKNOWN_TOPIC_OR_PARTITION'],
  async handler({ params: { cluster_id, topic_name, partition_id, broker_id } }, services) {
    const [number, broker] = [intOf(partition_id), intOf(broker_id)]
    const cluster = await clusterOf(services, cluster_id)
    const missing = missingPartition(cluster_id, topic_name, number)
    const partition = await partitionOf(services, topic_name, number, missing)
    if (!partition.replicas.includes(broker)) throw new RestError('NOT_FOUND')
    return ok(replicaResource(cluster, cluster_id, topic_name, partition, broker))
  },
})
