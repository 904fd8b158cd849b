/** Elections of the leaders of partitions: an addition of Sluice's own. */

import { Type } from 'typebox'
import type { FailedPartition, PartitionNumber } from '../../kafka/admin.ts'
import { isFailed } from '../../kafka/rows.ts'
import { MAX_INT } from '../java-integers.ts'
import { CANNOT_BE_FOUND, CLUSTER, clusterOf } from './cluster.ts'
import { badRequest, required } from './dialect.ts'
import { partitionResults, replyOfPartitions } from './partition-results.ts'
import { SLUICE_TAG, v3 } from './resources.ts'

/** Kafka's code for a partition whose leader is the right one. */
const ELECTION_NOT_NEEDED = 84

const TYPES = ['PREFERRED', 'UNCLEAN']

const Elected = partitionResults({ is_elected: Type.Boolean() })

export const electLeaders = v3({
  operationId: 'electKafkaLeaders',
  name: 'sluice.v3.leaders.elect',
  tag: SLUICE_TAG,
  method: 'POST',
  path: `${CLUSTER}/topics/-/partitions:elect-leaders`,
  summary: 'Elect the leaders of partitions.',
  body: Type.Object({
    election_type: Type.Optional(
      Type.String({
        description:
          'PREFERRED (default): the first of the replicas that are in sync. UNCLEAN: a replica that is behind, ' +
          'if no other is there; its records are all that is left of the partition.',
      }),
    ),
    data: Type.Optional(
      Type.Array(
        Type.Object({
          topic_name: Type.String(),
          partition_id: Type.Integer({ minimum: 0, maximum: MAX_INT }),
        }),
        { maxItems: 1000, description: 'Absent: all partitions of the cluster.' },
      ),
    ),
  }),
  topicsOf: (body: { data?: readonly { topic_name: string }[] } | undefined) =>
    body?.data?.map(({ topic_name }) => topic_name) ?? 'any',
  responses: {
    200: {
      description:
        'The partitions, and whether they have another leader now. Without `data` those with another leader only.',
      schema: Elected,
    },
    207: { description: 'Kafka has refused some partitions.', schema: Elected },
  },
  errors: ['INVALID_PAYLOAD'],
  async handler({ params: { cluster_id }, body }, services) {
    const { election_type = 'PREFERRED', data } = required(body)
    if (!TYPES.includes(election_type)) {
      throw badRequest(`election_type is ${election_type}; it is one of ${TYPES.join(', ')}`)
    }
    await clusterOf(services, cluster_id, CANNOT_BE_FOUND)
    if (data?.length === 0) return replyOfPartitions([], () => ({}))
    const asked = new Map(
      data?.map(({ topic_name: topic, partition_id: partition }) => [
        `${topic}\0${partition}`,
        { topic, partition, offset: 0 },
      ]),
    )
    const rows = await services.admin.electLeaders([...asked.values()], election_type === 'UNCLEAN')
    const elected = new Set<object>()
    const settled = Array.from(rows, (row) => {
      if (isNeedless(row)) return { topic: row.topic, partition: row.partition, offset: 0 }
      elected.add(row)
      return row
    })
    return replyOfPartitions(settled, (row) => ({ is_elected: elected.has(row) }))
  },
})

function isNeedless(row: PartitionNumber | FailedPartition): boolean {
  return isFailed(row) && row.error === ELECTION_NOT_NEEDED
}
