/** The routes that describe partitions. */
import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { ok } from '../../http/route.ts'
import type { Admin, PartitionDescription } from '../../kafka/admin.ts'
import { intOf } from '../java-integers.ts'
import { resource } from '../resource-names.ts'
import { route } from '../services.ts'
import { CONSUMES_V2, PRODUCES_V2 } from './formats.ts'

/** A partition in responses. */
export const Partition = Type.Object({
  partition: Type.Integer(),
  leader: Type.Integer({ description: '-1 without a leader.' }),
  replicas: Type.Array(
    Type.Object({ broker: Type.Integer(), leader: Type.Boolean(), in_sync: Type.Boolean() }),
  ),
})

/** Converts a description. The replicas keep Kafka's order. */
export function toPartition({ partition, leader, replicas, isr }: PartitionDescription) {
  return {
    partition,
    leader,
    replicas: replicas.map((broker) => ({
      broker,
      leader: broker === leader,
      in_sync: isr.includes(broker),
    })),
  }
}

async function findPartition(admin: Admin, topic: string, partition: number) {
  const { partitions } = await admin.describeTopic(topic)
  const found = partitions.find((each) => each.partition === partition)
  if (!found) throw new RestError('PARTITION_NOT_FOUND')
  return found
}

const errors = [
  'INVALID_KAFKA_REQUEST',
  'KAFKA_AUTHENTICATION',
  'KAFKA_AUTHORIZATION',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'KAFKA_RETRIABLE_ERROR',
] as const
const errorsOfPartition = [...errors, 'PARTITION_NOT_FOUND'] as const

export const listPartitions = route({
  operationId: 'listPartitions',
  method: 'GET',
  path: '/topics/{topic_name}/partitions',
  resource: resource('api.v2.partitions.list'),
  summary: 'List the partitions of a topic.',
  query: {},
  consumes: CONSUMES_V2,
  produces: PRODUCES_V2,
  responses: { 200: { description: 'The partitions.', schema: Type.Array(Partition) } },
  errors,
  async handler({ params }, { admin }) {
    const { partitions } = await admin.describeTopic(params.topic_name)
    return ok(partitions.map(toPartition))
  },
})

export const getPartition = route({
  operationId: 'getPartition',
  method: 'GET',
  path: '/topics/{topic_name}/partitions/{partition_id}',
  integers: ['partition_id'],
  resource: resource('api.v2.partitions.get'),
  summary: 'Describe a partition.',
  query: {},
  consumes: CONSUMES_V2,
  produces: PRODUCES_V2,
  responses: { 200: { description: 'The partition.', schema: Partition } },
  errors: errorsOfPartition,
  async handler({ params }, { admin }) {
    const partition = intOf(params.partition_id)
    return ok(toPartition(await findPartition(admin, params.topic_name, partition)))
  },
})

export const getPartitionOffsets = route({
  operationId: 'getPartitionOffsets',
  method: 'GET',
  path: '/topics/{topic_name}/partitions/{partition_id}/offsets',
  integers: ['partition_id'],
  resource: resource('api.v2.partitions.get-offsets'),
  summary: 'Get the first offset of a partition, and the offset of the next record to be written.',
  query: {},
  consumes: CONSUMES_V2,
  produces: PRODUCES_V2,
  responses: {
    200: {
      description: 'The offsets.',
      schema: Type.Object({ beginning_offset: Type.Integer(), end_offset: Type.Integer() }),
    },
  },
  errors: errorsOfPartition,
  async handler({ params }, { admin }) {
    const partition = intOf(params.partition_id)
    await findPartition(admin, params.topic_name, partition)
    const { beginning, end } = await admin.offsets(params.topic_name, partition)
    return ok({ beginning_offset: beginning, end_offset: end })
  },
})
