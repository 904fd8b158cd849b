/** Reassignments: partitions whose replicas move to other brokers. */

import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { ok } from '../../http/route.ts'
import type { Reassignment, Reassignments } from '../../kafka/admin.ts'
import { intOf } from '../java-integers.ts'
import { CANNOT_BE_FOUND, CLUSTER, clusterOf } from './cluster.ts'
import { collection, collectionOf } from './collection.ts'
import type { Place } from './links.ts'
import { OF_PARTITION, partitionPlace } from './partitions.ts'
import { Relation, resourceOf, v3 } from './resources.ts'
import { TOPIC, topicPlace } from './topics.ts'

const KafkaReassignment = resourceOf('KafkaReassignment', {
  ...OF_PARTITION,
  adding_replicas: Type.Array(Type.Integer()),
  removing_replicas: Type.Array(Type.Integer()),
  replicas: Relation,
})

/** @param segment the end of the URL, which in lists is the plural, as upstream has it */
function reassignmentResource(
  cluster: Place,
  clusterId: string,
  { topic, partition, addingReplicas, removingReplicas }: Reassignment,
  segment: 'reassignment' | 'reassignments',
) {
  const place = partitionPlace(cluster, topic, partition)
  return {
    kind: 'KafkaReassignment',
    metadata: place.at([segment], [segment]).metadata,
    cluster_id: clusterId,
    topic_name: topic,
    partition_id: partition,
    adding_replicas: addingReplicas,
    removing_replicas: removingReplicas,
    replicas: place.related('replicas'),
  }
}

/** @param isListed tells the topics whose partitions the list has */
function reassignmentList(
  cluster: Place,
  clusterId: string,
  { partitions }: Reassignments,
  isListed: (topic: string) => boolean,
  self: string,
) {
  return collection(
    'KafkaReassignmentList',
    self,
    resourcesOf(partitions, isListed, (item) =>
      reassignmentResource(cluster, clusterId, item, 'reassignments'),
    ),
  )
}

async function* resourcesOf(
  partitions: Iterable<Reassignment>,
  isListed: (topic: string) => boolean,
  resource: (item: Reassignment) => object,
): AsyncGenerator<object> {
  let omitted = 0
  for (const item of partitions) {
    if (isListed(item.topic)) yield resource(item)
    // Other requests of this event loop get their turn. The list gives it with what it writes.
    else if (++omitted % OMITTED_AT_ONCE === 0) await new Promise(setImmediate)
  }
}

const OMITTED_AT_ONCE = 1000

export const listAllReassignments = v3({
  operationId: 'listKafkaAllReassignments',
  name: 'api.v3.partition-reassignments.list',
  tag: 'Partition',
  method: 'GET',
  path: `${CLUSTER}/topics/-/partitions/-/reassignment`,
  summary: 'List the partitions whose replicas move.',
  responses: {
    200: {
      description: 'The reassignments by topic and partition.',
      schema: collectionOf(KafkaReassignment),
    },
  },
  async handler({ params: { cluster_id } }, services) {
    const cluster = await clusterOf(services, cluster_id, CANNOT_BE_FOUND)
    const all = await services.admin.listReassignments(services.principal)
    const visible = new Set(services.visibleTopics?.(all.topics) ?? all.topics)
    const self = cluster.urlOf('topics', '-', 'partitions', '-', 'reassignments')
    return reassignmentList(cluster, cluster_id, all, (topic) => visible.has(topic), self)
  },
})

export const listReassignmentsOfTopic = v3({
  operationId: 'listKafkaReassignmentsByTopic',
  name: 'api.v3.partition-reassignments.search-by-topic',
  tag: 'Partition',
  method: 'GET',
  path: `${TOPIC}/partitions/-/reassignment`,
  summary: 'List the partitions of a topic whose replicas move.',
  responses: {
    200: {
      description: 'The reassignments by partition. A topic that does not exist has none.',
      schema: collectionOf(KafkaReassignment),
    },
  },
  async handler({ params: { cluster_id, topic_name } }, services) {
    const cluster = await clusterOf(services, cluster_id, CANNOT_BE_FOUND)
    const all = await services.admin.listReassignments(services.principal)
    const self = topicPlace(cluster, topic_name).urlOf('partitions', '-', 'reassignments')
    return reassignmentList(cluster, cluster_id, all, (topic) => topic === topic_name, self)
  },
})

export const getReassignment = v3({
  operationId: 'getKafkaReassignment',
  name: 'api.v3.partition-reassignments.get',
  tag: 'Partition',
  method: 'GET',
  path: `${TOPIC}/partitions/{partition_id}/reassignment`,
  integers: ['partition_id'],
  summary: 'Describe the move of the replicas of a partition.',
  responses: { 200: { description: 'The reassignment.', schema: KafkaReassignment } },
  async handler({ params: { cluster_id, topic_name, partition_id } }, services) {
    const partition = intOf(partition_id)
    const cluster = await clusterOf(services, cluster_id, CANNOT_BE_FOUND)
    const asked = [{ name: topic_name, partitions: [partition] }]
    const { partitions } = await services.admin.listReassignments(services.principal, asked)
    const [found] = partitions
    if (!found) throw new RestError('NOT_FOUND')
    return ok(reassignmentResource(cluster, cluster_id, found, 'reassignment'))
  },
})
