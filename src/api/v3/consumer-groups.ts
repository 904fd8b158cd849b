/** Consumer groups, their members, and what is assigned to these. */

import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { ok } from '../../http/route.ts'
import type { GroupDescription, MemberDescription } from '../../kafka/admin.ts'
import { intOf } from '../java-integers.ts'
import { nullable } from '../json-body.ts'
import type { Services } from '../services.ts'
import { byText, inBatches } from './batches.ts'
import { CLUSTER, COULD_NOT_BE_FOUND, clusterOf } from './cluster.ts'
import { collection, collectionOf } from './collection.ts'
import type { Place } from './links.ts'
import { OF_PARTITION } from './partitions.ts'
import { Relation, resourceOf, v3 } from './resources.ts'
import { resourcesOf, visibleOf } from './topics.ts'

/** The path of a group. */
export const GROUP = `${CLUSTER}/consumer-groups/{consumer_group_id}` as const
const CONSUMER = `${GROUP}/consumers/{consumer_id}` as const

const GROUPS_AT_ONCE = 200

/** By librdkafka's numbers. The last two are those of KIP-848. */
const STATES = [
  'UNKNOWN',
  'PREPARING_REBALANCE',
  'COMPLETING_REBALANCE',
  'STABLE',
  'DEAD',
  'EMPTY',
  'ASSIGNING',
  'RECONCILING',
] as const
const TYPES = ['UNKNOWN', 'CONSUMER', 'CLASSIC'] as const
const DEAD = 4
/** Of groups and of members. */
const CONSUMER_TYPE = 1
const CONSUMER_PROTOCOL = 1

/** The members of everything that belongs to a group. */
export const OF_GROUP = { consumer_group_id: Type.String() }

const ConsumerGroup = resourceOf('KafkaConsumerGroup', {
  ...OF_GROUP,
  is_simple: Type.Boolean(),
  partition_assignor: Type.String(),
  state: Type.String(),
  type: Type.String(),
  is_mixed_consumer_group: Type.Boolean(),
  coordinator: nullable(Relation),
  consumers: Relation,
  lag_summary: Relation,
})

/** The place of a group. */
export function groupPlace(cluster: Place, group: string): Place {
  return cluster.at(['consumer-groups', group], ['consumer-group', group])
}

function groupResource(cluster: Place, clusterId: string, group: GroupDescription) {
  const place = groupPlace(cluster, group.name)
  return {
    kind: 'KafkaConsumerGroup',
    metadata: place.metadata,
    cluster_id: clusterId,
    consumer_group_id: group.name,
    is_simple: group.is_simple,
    partition_assignor: group.assignor,
    state: STATES[group.state] ?? 'UNKNOWN',
    type: TYPES[group.type] ?? 'UNKNOWN',
    is_mixed_consumer_group: isMixed(group),
    coordinator: group.coordinator < 0 ? null : cluster.related('brokers', group.coordinator),
    consumers: place.related('consumers'),
    lag_summary: place.related('lag-summary'),
  }
}

/** Whether a group of the new protocol has a member of the classic one, or one of which brokers do not tell. */
function isMixed({ type, members }: GroupDescription): boolean {
  return type === CONSUMER_TYPE && members.some(({ protocol }) => protocol !== CONSUMER_PROTOCOL)
}

/** Whether Kafka describes a group that does not exist. */
function isMissing({ is_simple, state }: GroupDescription): boolean {
  return is_simple && state === DEAD
}

/** Whether a group does not exist for the client: it may not see it, or the members are no consumers (those of Kafka Connect). */
function isNoGroup({ name }: RestError): boolean {
  return name === 'KAFKA_AUTHORIZATION' || name === 'INVALID_KAFKA_REQUEST'
}

/** Returns a group. Throws 404 for a group that does not exist, or that the client may not see. */
export async function groupOf(
  { admin }: Pick<Services, 'admin'>,
  name: string,
  message?: string,
): Promise<GroupDescription> {
  let group: GroupDescription | undefined
  try {
    const rows = await admin.describeGroups([name])
    group = [...(rows as Iterable<GroupDescription>)][0]
  } catch (error) {
    if (!isNoGroup(error as RestError)) throw error
  }
  if (!group || isMissing(group)) throw new RestError('NOT_FOUND', message)
  return group
}

export const listConsumerGroups = v3({
  operationId: 'listKafkaConsumerGroups',
  name: 'api.v3.consumer-groups.list',
  tag: 'Consumer Group',
  method: 'GET',
  path: `${CLUSTER}/consumer-groups`,
  summary: 'List the consumer groups.',
  responses: { 200: { description: 'The groups.', schema: collectionOf(ConsumerGroup) } },
  async handler({ params }, services) {
    const cluster = await clusterOf(services, params.cluster_id, COULD_NOT_BE_FOUND)
    const names = (await services.admin.listGroups()).sort(byText)
    const groups = inBatches(
      names,
      GROUPS_AT_ONCE,
      (batch) => services.admin.describeGroups(batch),
      isNoGroup,
    )
    const items = resourcesOf(existing(groups), (group) =>
      groupResource(cluster, params.cluster_id, group),
    )
    return collection('KafkaConsumerGroupList', cluster.urlOf('consumer-groups'), items)
  },
})

/** A group may vanish after it was listed. */
async function* existing(groups: AsyncIterable<GroupDescription>) {
  for await (const group of groups) if (!isMissing(group)) yield group
}

export const getConsumerGroup = v3({
  operationId: 'getKafkaConsumerGroup',
  name: 'api.v3.consumer-groups.get',
  tag: 'Consumer Group',
  method: 'GET',
  path: GROUP,
  summary: 'Describe a consumer group.',
  responses: { 200: { description: 'The group.', schema: ConsumerGroup } },
  async handler({ params }, services) {
    const cluster = await clusterOf(services, params.cluster_id, COULD_NOT_BE_FOUND)
    const group = await groupOf(services, params.consumer_group_id)
    return ok(groupResource(cluster, params.cluster_id, group))
  },
})

const Consumer = resourceOf('KafkaConsumer', {
  ...OF_GROUP,
  consumer_id: Type.String(),
  instance_id: nullable(Type.String()),
  client_id: Type.String(),
  assignments: Relation,
})

function consumerPlace(cluster: Place, group: string, consumer: string): Place {
  return groupPlace(cluster, group).at(['consumers', consumer], ['consumer', consumer])
}

function consumerResource(
  cluster: Place,
  clusterId: string,
  group: string,
  { id, instance_id, client_id }: MemberDescription,
) {
  const place = consumerPlace(cluster, group, id)
  return {
    kind: 'KafkaConsumer',
    metadata: place.metadata,
    cluster_id: clusterId,
    consumer_group_id: group,
    consumer_id: id,
    instance_id,
    client_id,
    assignments: place.related('assignments'),
  }
}

/** Returns the members of a group by their ids. */
async function membersOf(services: Pick<Services, 'admin'>, group: string) {
  const { members } = await groupOf(services, group, `Consumer Group ${group} does not exist.`)
  return [...members].sort((left, right) => byText(left.id, right.id))
}

async function memberOf(
  services: Pick<Services, 'admin'>,
  group: string,
  consumer: string,
  message?: string,
): Promise<MemberDescription> {
  const member = (await membersOf(services, group)).find(({ id }) => id === consumer)
  if (!member) throw new RestError('NOT_FOUND', message)
  return member
}

export const listConsumers = v3({
  operationId: 'listKafkaConsumers',
  name: 'api.v3.consumers.list',
  tag: 'Consumer Group',
  method: 'GET',
  path: `${GROUP}/consumers`,
  summary: 'List the members of a consumer group.',
  responses: { 200: { description: 'The members by id.', schema: collectionOf(Consumer) } },
  async handler({ params: { cluster_id, consumer_group_id } }, services) {
    const cluster = await clusterOf(services, cluster_id, COULD_NOT_BE_FOUND)
    const members = await membersOf(services, consumer_group_id)
    return collection(
      'KafkaConsumerList',
      groupPlace(cluster, consumer_group_id).urlOf('consumers'),
      members.map((member) => consumerResource(cluster, cluster_id, consumer_group_id, member)),
    )
  },
})

export const getConsumer = v3({
  operationId: 'getKafkaConsumer',
  name: 'api.v3.consumers.get',
  tag: 'Consumer Group',
  method: 'GET',
  path: CONSUMER,
  summary: 'Describe a member of a consumer group.',
  responses: { 200: { description: 'The member.', schema: Consumer } },
  async handler({ params: { cluster_id, consumer_group_id, consumer_id } }, services) {
    const cluster = await clusterOf(services, cluster_id, COULD_NOT_BE_FOUND)
    const member = await memberOf(services, consumer_group_id, consumer_id)
    return ok(consumerResource(cluster, cluster_id, consumer_group_id, member))
  },
})

/** A partition that is assigned to a member. */
export interface AssignedPartition {
  readonly topic: string
  readonly partition: number
}

/** Returns the partitions of a member by topic and number. */
export function assignedTo({ partitions }: MemberDescription): AssignedPartition[] {
  const assigned: AssignedPartition[] = []
  for (let at = 0; at < partitions.length; at += 2) {
    assigned.push({ topic: partitions[at] as string, partition: partitions[at + 1] as number })
  }
  return assigned.sort(byPartition)
}

/** Compares by topic, and then by number. */
export function byPartition(left: AssignedPartition, right: AssignedPartition): number {
  return byText(left.topic, right.topic) || left.partition - right.partition
}

const Assignment = resourceOf('KafkaConsumerAssignment', {
  ...OF_GROUP,
  consumer_id: Type.String(),
  ...OF_PARTITION,
  partition: Relation,
  lag: Relation,
})

function assignmentResource(
  cluster: Place,
  clusterId: string,
  group: string,
  consumer: string,
  { topic, partition }: AssignedPartition,
) {
  const place = consumerPlace(cluster, group, consumer).at(
    ['assignments', topic, 'partitions', partition],
    ['assignment', topic],
    ['partition', partition],
  )
  return {
    kind: 'KafkaConsumerAssignment',
    metadata: place.metadata,
    cluster_id: clusterId,
    consumer_group_id: group,
    consumer_id: consumer,
    topic_name: topic,
    partition_id: partition,
    partition: cluster.related('topics', topic, 'partitions', partition),
    lag: groupPlace(cluster, group).related('lags', topic, 'partitions', partition),
  }
}

export const listAssignments = v3({
  operationId: 'listKafkaConsumerAssignment',
  name: 'api.v3.consumer-assignments.list',
  tag: 'Consumer Group',
  method: 'GET',
  path: `${CONSUMER}/assignments`,
  summary: 'List the partitions that are assigned to a member of a consumer group.',
  responses: {
    200: { description: 'The partitions by topic and number.', schema: collectionOf(Assignment) },
  },
  async handler({ params: { cluster_id, consumer_group_id, consumer_id } }, services) {
    const cluster = await clusterOf(services, cluster_id, COULD_NOT_BE_FOUND)
    const message = `Consumer ${consumer_id} does not exist.`
    const member = await memberOf(services, consumer_group_id, consumer_id, message)
    return collection(
      'KafkaConsumerAssignmentList',
      consumerPlace(cluster, consumer_group_id, consumer_id).urlOf('assignments'),
      visibleOf(services, assignedTo(member)).map((assigned) =>
        assignmentResource(cluster, cluster_id, consumer_group_id, consumer_id, assigned),
      ),
    )
  },
})

export const getAssignmentV3 = v3({
  operationId: 'getKafkaConsumerAssignment',
  name: 'api.v3.consumer-assignments.get',
  tag: 'Consumer Group',
  method: 'GET',
  path: `${CONSUMER}/assignments/{topic_name}/partitions/{partition_id}`,
  integers: ['partition_id'],
  summary: 'Describe the assignment of a partition to a member of a consumer group.',
  responses: { 200: { description: 'The assignment.', schema: Assignment } },
  async handler({ params }, services) {
    const { cluster_id, consumer_group_id, consumer_id, topic_name } = params
    const partition = intOf(params.partition_id)
    const cluster = await clusterOf(services, cluster_id, COULD_NOT_BE_FOUND)
    const message = `Consumer ${consumer_id} does not exist.`
    const member = await memberOf(services, consumer_group_id, consumer_id, message)
    const assigned = assignedTo(member).find(
      (each) => each.topic === topic_name && each.partition === partition,
    )
    if (!assigned) throw new RestError('NOT_FOUND')
    return ok(assignmentResource(cluster, cluster_id, consumer_group_id, consumer_id, assigned))
  },
})
