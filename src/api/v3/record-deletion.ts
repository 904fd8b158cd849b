/** Deletion of records up to an offset: an addition of Sluice's own. */

import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { MAX_INT } from '../java-integers.ts'
import { CANNOT_BE_FOUND, clusterOf } from './cluster.ts'
import { badRequest, required } from './dialect.ts'
import { partitionResults, replyOfPartitions } from './partition-results.ts'
import { SLUICE_TAG, v3 } from './resources.ts'
import { TOPIC } from './topics.ts'

/** Stands for the end of a partition. */
const ALL = -1

const Deleted = partitionResults({ earliest_offset: Type.Integer() })

export const deleteRecords = v3({
  operationId: 'deleteKafkaRecords',
  name: 'sluice.v3.records.delete',
  tag: SLUICE_TAG,
  method: 'POST',
  path: `${TOPIC}/records:delete`,
  summary: 'Delete the records before an offset.',
  body: Type.Object({
    data: Type.Array(
      Type.Object({
        partition_id: Type.Integer({ minimum: 0, maximum: MAX_INT }),
        offset: Type.Integer({
          minimum: ALL,
          description: 'The first offset that stays; -1 deletes all records.',
        }),
      }),
      { maxItems: 1000 },
    ),
  }),
  responses: {
    200: { description: 'The first offsets of the partitions.', schema: Deleted },
    207: { description: 'Kafka has refused some partitions.', schema: Deleted },
  },
  errors: ['INVALID_PAYLOAD', 'UNKNOWN_TOPIC_OR_PARTITION', 'PARTITION_NOT_FOUND'],
  async handler({ params: { cluster_id, topic_name }, body }, { admin, ...services }) {
    const { data } = required(body)
    await clusterOf({ admin, ...services }, cluster_id, CANNOT_BE_FOUND)
    const { partitions_count } = await admin.describeTopic(topic_name)
    const offsets = new Map(data.map(({ partition_id, offset }) => [partition_id, offset]))
    if (offsets.size < data.length) throw badRequest('data names a partition twice')
    // Kafka would not answer for it until the deadline.
    if (data.some((each) => each.partition_id >= partitions_count)) {
      throw new RestError('PARTITION_NOT_FOUND')
    }
    if (data.length === 0) return replyOfPartitions([], () => ({}))
    const asked = data.map(({ partition_id, offset }) => ({
      topic: topic_name,
      partition: partition_id,
      offset,
    }))
    return replyOfPartitions(await admin.deleteRecords(asked), ({ offset }) => ({
      earliest_offset: offset,
    }))
  },
})
