/** The lags of consumer groups: how far their committed offsets are behind the ends of their partitions. */

import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { ok } from '../../http/route.ts'
import {
  type GroupDescription,
  LATEST,
  type MemberDescription,
  type PartitionNumber,
} from '../../kafka/admin.ts'
import { errorOfRow, isFailed } from '../../kafka/rows.ts'
import { intOf } from '../java-integers.ts'
import { nullable } from '../json-body.ts'
import type { Services } from '../services.ts'
import { inBatches } from './batches.ts'
import { COULD_NOT_BE_FOUND, clusterOf } from './cluster.ts'
import { collection, collectionOf } from './collection.ts'
import { assignedTo, byPartition, GROUP, groupOf, groupPlace, OF_GROUP } from './consumer-groups.ts'
import type { Place } from './links.ts'
import { OF_PARTITION } from './partitions.ts'
import { Relation, resourceOf, v3 } from './resources.ts'
import { visibleOf } from './topics.ts'

const TOPICS_AT_ONCE = 500

const ConsumerLag = resourceOf('KafkaConsumerLag', {
  ...OF_GROUP,
  ...OF_PARTITION,
  consumer_id: Type.String(),
  instance_id: nullable(Type.String()),
  client_id: Type.String(),
  current_offset: Type.Integer(),
  log_end_offset: Type.Integer(),
  lag: Type.Integer(),
})

type Member = Pick<MemberDescription, 'id' | 'instance_id' | 'client_id'>

/** The member of a partition that is assigned to none. */
const NO_MEMBER: Member = { id: '', instance_id: null, client_id: '' }

/** The lag of a group on one partition. */
interface Lag {
  readonly topic: string
  readonly partition: number
  readonly member: Member
  readonly current: number
  readonly end: number
  readonly lag: number
}

function lagResource(cluster: Place, clusterId: string, group: string, lag: Lag) {
  const place = groupPlace(cluster, group).at(
    ['lags', lag.topic, 'partitions', lag.partition],
    ['lag', lag.topic],
    ['partition', lag.partition],
  )
  return {
    kind: 'KafkaConsumerLag',
    metadata: place.metadata,
    cluster_id: clusterId,
    consumer_group_id: group,
    topic_name: lag.topic,
    partition_id: lag.partition,
    consumer_id: lag.member.id,
    instance_id: lag.member.instance_id,
    client_id: lag.member.client_id,
    current_offset: lag.current,
    log_end_offset: lag.end,
    lag: lag.lag,
  }
}

/** The key of a partition. */
export function keyOf(topic: string, partition: number): string {
  return `${topic}\0${partition}`
}

/** The offsets that a group has committed. */
export async function committedOf(
  { admin }: Pick<Services, 'admin'>,
  group: string,
): Promise<PartitionNumber[]> {
  const committed: PartitionNumber[] = []
  for (const row of await admin.listGroupOffsets(group)) {
    if (isFailed(row)) throw errorOfRow(row)
    if (row.offset >= 0) committed.push(row)
  }
  return committed
}

/** Leaves out the partitions that do not exist any more: Kafka would not answer for them until the deadline. */
export async function existingOf(
  { admin }: Pick<Services, 'admin'>,
  partitions: readonly PartitionNumber[],
): Promise<PartitionNumber[]> {
  const counts = new Map<string, number>()
  const topics = [...new Set(partitions.map(({ topic }) => topic))]
  const described = inBatches(
    topics,
    TOPICS_AT_ONCE,
    (batch) => admin.describeTopics(batch),
    ({ name }) => name === 'UNKNOWN_TOPIC_OR_PARTITION',
  )
  for await (const { name, partitions_count } of described) counts.set(name, partitions_count)
  return partitions.filter(({ topic, partition }) => partition < (counts.get(topic) ?? 0))
}

function membersByPartition({ members }: GroupDescription): ReadonlyMap<string, Member> {
  const byKey = new Map<string, Member>()
  for (const member of members) {
    for (const { topic, partition } of assignedTo(member))
      byKey.set(keyOf(topic, partition), member)
  }
  return byKey
}

/** Returns the lags of a group on the topics that the client may see, the greatest first. Throws 404 without any. */
async function lagsOf(
  services: Pick<Services, 'admin' | 'visibleTopics'>,
  group: string,
): Promise<Lag[]> {
  const { admin } = services
  const description = await groupOf(services, group, `Consumer Group ${group} could not be found.`)
  const committed = visibleOf(services, await committedOf(services, group))
  if (committed.length === 0) {
    throw new RestError('NOT_FOUND', 'Consumer group offsets could not be found.')
  }
  const existing = await existingOf(services, committed)
  const members = membersByPartition(description)
  const current = new Map(
    existing.map(({ topic, partition, offset }) => [keyOf(topic, partition), offset]),
  )
  const asked = existing.map(({ topic, partition }) => ({ topic, partition, offset: LATEST }))
  const lags: Lag[] = []
  for (const row of await admin.listOffsets(asked, { readCommitted: true })) {
    if (isFailed(row)) throw errorOfRow(row)
    const key = keyOf(row.topic, row.partition)
    const offset = current.get(key) as number
    lags.push({
      topic: row.topic,
      partition: row.partition,
      member: members.get(key) ?? NO_MEMBER,
      current: offset,
      end: row.offset,
      lag: Math.max(0, row.offset - offset),
    })
  }
  if (lags.length === 0) throw new RestError('NOT_FOUND', 'Consumer lags not found.')
  return lags.sort((left, right) => right.lag - left.lag || byPartition(left, right))
}

export const listLags = v3({
  operationId: 'listKafkaConsumerLags',
  name: 'api.v3.consumer-lags.list',
  tag: 'Consumer Group',
  method: 'GET',
  path: `${GROUP}/lags`,
  summary: 'List the lags of a consumer group on all partitions with a committed offset.',
  responses: {
    200: { description: 'The lags, the greatest first.', schema: collectionOf(ConsumerLag) },
  },
  async handler({ params: { cluster_id, consumer_group_id } }, services) {
    const cluster = await clusterOf(services, cluster_id, COULD_NOT_BE_FOUND)
    const lags = await lagsOf(services, consumer_group_id)
    return collection(
      'KafkaConsumerLagList',
      groupPlace(cluster, consumer_group_id).urlOf('lags'),
      lags.map((lag) => lagResource(cluster, cluster_id, consumer_group_id, lag)),
    )
  },
})

export const getLag = v3({
  operationId: 'getKafkaConsumerLag',
  name: 'api.v3.consumer-lags.get',
  tag: 'Consumer Group',
  method: 'GET',
  path: `${GROUP}/lags/{topic_name}/partitions/{partition_id}`,
  integers: ['partition_id'],
  summary: 'Return the lag of a consumer group on a partition.',
  responses: { 200: { description: 'The lag.', schema: ConsumerLag } },
  async handler({ params }, services) {
    const { cluster_id, consumer_group_id, topic_name } = params
    const partition = intOf(params.partition_id)
    const cluster = await clusterOf(services, cluster_id, COULD_NOT_BE_FOUND)
    const lags = await lagsOf(services, consumer_group_id)
    const lag = lags.find((each) => each.topic === topic_name && each.partition === partition)
    if (!lag) throw new RestError('NOT_FOUND')
    return ok(lagResource(cluster, cluster_id, consumer_group_id, lag))
  },
})

export const getLagSummary = v3({
  operationId: 'getKafkaConsumerGroupLagSummary',
  name: 'api.v3.consumer-group-lag-summary.get',
  tag: 'Consumer Group',
  method: 'GET',
  path: `${GROUP}/lag-summary`,
  summary: 'Return the greatest lag of a consumer group, and the sum of its lags.',
  responses: {
    200: {
      description: 'The lags in short.',
      schema: resourceOf('KafkaConsumerGroupLagSummary', {
        ...OF_GROUP,
        max_lag: Type.Integer(),
        total_lag: Type.Integer(),
        max_lag_consumer_id: Type.String(),
        max_lag_consumer: Relation,
        max_lag_client_id: Type.String(),
        max_lag_instance_id: nullable(Type.String()),
        max_lag_topic_name: Type.String(),
        max_lag_partition_id: Type.Integer(),
        max_lag_partition: Relation,
      }),
    },
  },
  async handler({ params: { cluster_id, consumer_group_id } }, services) {
    const cluster = await clusterOf(services, cluster_id, COULD_NOT_BE_FOUND)
    const lags = await lagsOf(services, consumer_group_id)
    const max = lags[0] as Lag
    const place = groupPlace(cluster, consumer_group_id)
    return ok({
      kind: 'KafkaConsumerGroupLagSummary',
      metadata: place.at(['lag-summary'], ['lag-summary']).metadata,
      cluster_id,
      consumer_group_id,
      max_lag: max.lag,
      total_lag: lags.reduce((sum, { lag }) => sum + lag, 0),
      max_lag_consumer_id: max.member.id,
      max_lag_consumer: place.related('consumers', max.member.id),
      max_lag_client_id: max.member.client_id,
      max_lag_instance_id: max.member.instance_id,
      max_lag_topic_name: max.topic,
      max_lag_partition_id: max.partition,
      max_lag_partition: cluster.related('topics', max.topic, 'partitions', max.partition),
    })
  },
})
