/** What consumer groups have committed: additions of Sluice's own. */

import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { NO_CONTENT } from '../../http/route.ts'
import { LATEST, type PartitionNumber } from '../../kafka/admin.ts'
import { errorOfRow, isFailed } from '../../kafka/rows.ts'
import { nullable } from '../json-body.ts'
import type { Services } from '../services.ts'
import { COULD_NOT_BE_FOUND, clusterOf } from './cluster.ts'
import { collection, collectionOf } from './collection.ts'
import { byPartition, GROUP, groupOf, groupPlace, OF_GROUP } from './consumer-groups.ts'
import { committedOf, existingOf, keyOf } from './lags.ts'
import { OF_PARTITION } from './partitions.ts'
import { resourceOf, SLUICE_TAG, v3 } from './resources.ts'
import { visibleOf } from './topics.ts'

/** The path of a group's offsets. */
export const OFFSETS = `${GROUP}/offsets` as const

const GroupOffset = resourceOf('KafkaConsumerGroupOffset', {
  ...OF_GROUP,
  ...OF_PARTITION,
  current_offset: Type.Integer(),
  log_end_offset: nullable(Type.Integer()),
  lag: nullable(Type.Integer()),
})

/** The message of the 404 for a group. */
export const NO_GROUP = (group: string) => `Consumer Group ${group} could not be found.`
export const NO_OFFSETS = 'Consumer group offsets could not be found.'

/** Returns the offsets of partitions by their specs, under keyOf(). Throws the error of the first partition that Kafka refuses. */
export async function offsetsByKey(
  { admin }: Pick<Services, 'admin'>,
  partitions: readonly Pick<PartitionNumber, 'topic' | 'partition'>[],
  spec: number,
  readCommitted = false,
): Promise<Map<string, number>> {
  const asked = partitions.map(({ topic, partition }) => ({ topic, partition, offset: spec }))
  const offsets = new Map<string, number>()
  for (const row of await admin.listOffsets(asked, { readCommitted })) {
    if (isFailed(row)) throw errorOfRow(row)
    offsets.set(keyOf(row.topic, row.partition), row.offset)
  }
  return offsets
}

export const listGroupOffsets = v3({
  operationId: 'listKafkaConsumerGroupOffsets',
  name: 'sluice.v3.consumer-group-offsets.list',
  tag: SLUICE_TAG,
  method: 'GET',
  path: OFFSETS,
  summary: 'List the committed offsets of a consumer group, with the ends of the partitions.',
  responses: {
    200: {
      description:
        'The offsets by topic and partition. A partition that was deleted has no end, and no lag.',
      schema: collectionOf(GroupOffset),
    },
  },
  async handler({ params: { cluster_id, consumer_group_id } }, services) {
    const cluster = await clusterOf(services, cluster_id, COULD_NOT_BE_FOUND)
    await groupOf(services, consumer_group_id, NO_GROUP(consumer_group_id))
    const committed = [...visibleOf(services, await committedOf(services, consumer_group_id))].sort(
      byPartition,
    )
    const existing = await existingOf(services, committed)
    const ends = await offsetsByKey(services, existing, LATEST, true)
    const place = groupPlace(cluster, consumer_group_id)
    const items = committed.map(({ topic, partition, offset }) => {
      const end = ends.get(keyOf(topic, partition)) ?? null
      return {
        kind: 'KafkaConsumerGroupOffset',
        metadata: place.at(
          ['offsets', topic, 'partitions', partition],
          ['offset', topic],
          ['partition', partition],
        ).metadata,
        cluster_id,
        consumer_group_id,
        topic_name: topic,
        partition_id: partition,
        current_offset: offset,
        log_end_offset: end,
        lag: end === null ? null : Math.max(0, end - offset),
      }
    })
    return collection('KafkaConsumerGroupOffsetList', place.urlOf('offsets'), items)
  },
})

export const deleteGroupOffsets = v3({
  operationId: 'deleteKafkaConsumerGroupOffsets',
  name: 'sluice.v3.consumer-group-offsets.delete',
  tag: SLUICE_TAG,
  method: 'DELETE',
  path: `${OFFSETS}/{topic_name}`,
  summary: 'Delete what a consumer group has committed for a topic that it is not subscribed to.',
  responses: { 204: { description: 'The group has no offset for the topic.' } },
  async handler({ params: { cluster_id, consumer_group_id, topic_name } }, services) {
    await clusterOf(services, cluster_id, COULD_NOT_BE_FOUND)
    await groupOf(services, consumer_group_id, NO_GROUP(consumer_group_id))
    const committed = await committedOf(services, consumer_group_id)
    const ofTopic = committed.filter(({ topic }) => topic === topic_name)
    if (ofTopic.length === 0) throw new RestError('NOT_FOUND', NO_OFFSETS)
    for (const row of await services.admin.deleteGroupOffsets(consumer_group_id, ofTopic)) {
      if (isFailed(row)) throw errorOfRow(row)
    }
    return NO_CONTENT
  },
})

export const deleteConsumerGroup = v3({
  operationId: 'deleteKafkaConsumerGroup',
  name: 'sluice.v3.consumer-groups.delete',
  tag: SLUICE_TAG,
  method: 'DELETE',
  path: GROUP,
  summary: 'Delete a consumer group without members, and all that it has committed.',
  responses: { 204: { description: 'The group does not exist.' } },
  async handler({ params: { cluster_id, consumer_group_id } }, services) {
    await clusterOf(services, cluster_id, COULD_NOT_BE_FOUND)
    await groupOf(services, consumer_group_id, NO_GROUP(consumer_group_id))
    await services.admin.deleteGroup(consumer_group_id)
    return NO_CONTENT
  },
})
