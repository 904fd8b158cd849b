/** Topics. */

import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { NO_CONTENT, ok, SMALL_BODY_BYTES } from '../../http/route.ts'
import type { NewTopic, TopicDescription } from '../../kafka/admin.ts'
import { MAX_INT } from '../java-integers.ts'
import type { Services } from '../services.ts'
import { OPERATIONS } from './acls.ts'
import { byText, inBatches, isHidden } from './batches.ts'
import { CANNOT_BE_FOUND, CLUSTER, clusterOf } from './cluster.ts'
import { collection, collectionOf } from './collection.ts'
import { invalidPayload, required } from './dialect.ts'
import type { Place } from './links.ts'
import { Relation, resourceOf, v3 } from './resources.ts'

/** The path of a topic. */
export const TOPIC = `${CLUSTER}/topics/{topic_name}` as const

const TOPICS_AT_ONCE = 500

const Topic = resourceOf('KafkaTopic', {
  topic_name: Type.String(),
  is_internal: Type.Boolean(),
  replication_factor: Type.Integer(),
  partitions_count: Type.Integer(),
  partitions: Relation,
  configs: Relation,
  partition_reassignments: Relation,
  authorized_operations: Type.Array(Type.String()),
})

/** The place of a topic. */
export function topicPlace(cluster: Place, topic: string): Place {
  return cluster.at(['topics', topic], ['topic', topic])
}

type TopicFields = Pick<
  TopicDescription,
  'name' | 'is_internal' | 'replication_factor' | 'partitions_count' | 'operations'
>

function topicResource(cluster: Place, clusterId: string, topic: TopicFields) {
  const place = topicPlace(cluster, topic.name)
  return {
    kind: 'KafkaTopic',
    metadata: place.metadata,
    cluster_id: clusterId,
    topic_name: topic.name,
    is_internal: topic.is_internal,
    replication_factor: topic.replication_factor,
    partitions_count: topic.partitions_count,
    partitions: place.related('partitions'),
    configs: place.related('configs'),
    partition_reassignments: place.related('partitions', '-', 'reassignment'),
    authorized_operations: topic.operations.map((operation) => OPERATIONS.names[operation]),
  }
}

/** Upstream has one spelling on the list, and the other on a single topic. */
const WITH_OPERATIONS = {
  includeAuthorizedOperations: {
    type: 'flag',
    description: 'Adds the operations that Kafka allows to this client.',
  },
  include_authorized_operations: { type: 'flag', description: 'The same.' },
} as const

function asksForOperations(
  query: { readonly [Name in keyof typeof WITH_OPERATIONS]: boolean | undefined },
) {
  return query.includeAuthorizedOperations === true || query.include_authorized_operations === true
}

/** Returns the names of the topics that the client may see, sorted. */
export async function visibleTopicsOf({
  admin,
  visibleTopics,
}: Pick<Services, 'admin' | 'visibleTopics'>): Promise<readonly string[]> {
  const names = (await admin.listTopics()).sort(byText)
  return visibleTopics ? visibleTopics(names) : names
}

/** Leaves out what belongs to topics that the client may not see. */
export function visibleOf<Item extends { readonly topic: string }>(
  { visibleTopics }: Pick<Services, 'visibleTopics'>,
  items: readonly Item[],
): readonly Item[] {
  if (!visibleTopics) return items
  const visible = new Set(visibleTopics([...new Set(items.map(({ topic }) => topic))]))
  return items.filter(({ topic }) => visible.has(topic))
}

export const listTopicsV3 = v3({
  operationId: 'listKafkaTopics',
  name: 'api.v3.topics.list',
  tag: 'Topic',
  method: 'GET',
  path: `${CLUSTER}/topics`,
  summary: 'List the topics, without the internal ones.',
  query: WITH_OPERATIONS,
  responses: { 200: { description: 'The topics by name.', schema: collectionOf(Topic) } },
  async handler({ params, query }, services) {
    const cluster = await clusterOf(services, params.cluster_id, CANNOT_BE_FOUND)
    const withOperations = asksForOperations(query)
    const names = await visibleTopicsOf(services)
    const topics = inBatches(
      names,
      TOPICS_AT_ONCE,
      async (batch) => sorted(await services.admin.describeTopics(batch, { withOperations })),
      isHidden,
    )
    const items = resourcesOf(topics, (topic) => topicResource(cluster, params.cluster_id, topic))
    return collection('KafkaTopicList', cluster.urlOf('topics'), items)
  },
})

/** Kafka answers in an order of its own. */
function sorted<Row extends { readonly name: string }>(rows: Iterable<Row>): Row[] {
  return [...rows].sort((left, right) => byText(left.name, right.name))
}

/** Makes resources of rows as they come. */
export async function* resourcesOf<Row>(
  rows: AsyncIterable<Row>,
  resource: (row: Row) => object,
): AsyncGenerator<object> {
  for await (const row of rows) yield resource(row)
}

export const getTopicV3 = v3({
  operationId: 'getKafkaTopic',
  name: 'api.v3.topics.get',
  tag: 'Topic',
  method: 'GET',
  path: TOPIC,
  summary: 'Describe a topic.',
  query: WITH_OPERATIONS,
  responses: { 200: { description: 'The topic.', schema: Topic } },
  errors: ['UNKNOWN_TOPIC_OR_PARTITION'],
  async handler({ params, query }, services) {
    const cluster = await clusterOf(services, params.cluster_id, CANNOT_BE_FOUND)
    const withOperations = asksForOperations(query)
    const topic = await services.admin.describeTopic(params.topic_name, withOperations)
    return ok(topicResource(cluster, params.cluster_id, topic))
  },
})

const MAX_SHORT = 2 ** 15 - 1

const CreateTopicRequest = Type.Object({
  topic_name: Type.String(),
  partitions_count: Type.Optional(Type.Integer({ maximum: MAX_INT })),
  replication_factor: Type.Optional(Type.Integer({ maximum: MAX_SHORT })),
  replicas_assignments: Type.Optional(
    Type.Object(
      {},
      { additionalProperties: Type.Array(Type.Integer({ minimum: 0, maximum: MAX_INT })) },
    ),
  ),
  configs: Type.Optional(
    Type.Array(Type.Object({ name: Type.String(), value: Type.Optional(Type.String()) })),
  ),
  validate_only: Type.Optional(Type.Boolean()),
})

/** Kafka's rule. */
const TOPIC_NAME = /^(?!\.{1,2}$)[\w.-]{1,249}$/

export const createTopicV3 = v3({
  operationId: 'createKafkaTopic',
  name: 'api.v3.topics.create',
  tag: 'Topic',
  method: 'POST',
  path: `${CLUSTER}/topics`,
  summary: 'Create a topic.',
  body: CreateTopicRequest,
  topicsOf: (body: { topic_name?: string } | undefined) =>
    body?.topic_name === undefined ? [] : [body.topic_name],
  responses: {
    200: { description: 'The topic that could be created (`validate_only`).', schema: Topic },
    201: { description: 'The topic. Location is its URL.', schema: Topic },
  },
  errors: ['INVALID_PAYLOAD'],
  async handler({ params, body }, services) {
    const request = required(body, 'Request body is empty. Data is required.')
    const name = request.topic_name
    if (!TOPIC_NAME.test(name)) throw invalidPayload('Invalid topic name.')
    const cluster = await clusterOf(services, params.cluster_id, CANNOT_BE_FOUND)
    const validateOnly = request.validate_only ?? false
    const topic: NewTopic = {
      name,
      partitions: request.partitions_count ?? -1,
      replicationFactor: request.replication_factor ?? -1,
      assignments: assignmentsOf((request.replicas_assignments ?? {}) as Assignments),
      configs: configsOf(request.configs ?? []),
    }
    checkCounts(topic)
    await services.admin.createTopic(topic, validateOnly)
    const created = validateOnly ? planned(topic) : await counted(services, topic)
    const resource = topicResource(cluster, params.cluster_id, {
      ...created,
      name,
      is_internal: false,
      operations: [],
    })
    if (validateOnly) return ok(resource)
    return {
      status: 201,
      body: JSON.stringify(resource),
      headers: [['Location', encodeURI(resource.metadata.self)]],
    }
  },
})

/** librdkafka's limits. */
const MAX_PARTITIONS = 100_000
const MAX_REPLICAS = 10_000

/** Throws the errors of Kafka for numbers that librdkafka does not send. */
function checkCounts({ partitions, replicationFactor, assignments }: NewTopic): void {
  if (assignments.length > 0) return
  if (partitions === 0 || partitions < -1) {
    throw new RestError(
      'INVALID_KAFKA_REQUEST',
      'Number of partitions was set to an invalid non-positive value.',
    )
  }
  if (replicationFactor === 0 || replicationFactor < -1) {
    throw new RestError('INVALID_KAFKA_REQUEST', 'Replication factor must be larger than 0.')
  }
  refuseAbove(MAX_PARTITIONS, 'partitions_count', partitions)
  refuseAbove(MAX_REPLICAS, 'replication_factor', replicationFactor)
}

function refuseAbove(limit: number, name: string, count: number): void {
  if (count <= limit) return
  throw new RestError('INVALID_KAFKA_REQUEST', `${name} is ${count}; it must be at most ${limit}.`)
}

type Assignments = Readonly<Record<string, readonly number[]>>

/** The brokers of the partitions 0, 1, … Throws 400 for another numbering, which Kafka refuses. */
function assignmentsOf(byPartition: Assignments) {
  const numbers = Object.keys(byPartition)
  return numbers.map((_, partition) => {
    const brokers = byPartition[partition]
    if (brokers !== undefined && brokers.length > 0) return brokers
    throw new RestError(
      'INVALID_KAFKA_REQUEST',
      `replicas_assignments must have the partitions 0 to ${numbers.length - 1}, each with at least one broker.`,
    )
  })
}

function configsOf(configs: readonly { name: string; value?: string }[]) {
  return configs.map(({ name, value }) => {
    if (value !== undefined) return { name, value }
    throw new RestError(
      'INVALID_KAFKA_REQUEST',
      `Null value not supported for topic configs: ${name}`,
    )
  })
}

type Counts = Pick<TopicDescription, 'partitions_count' | 'replication_factor'>

function planned({ partitions, replicationFactor, assignments }: NewTopic): Counts {
  const [first] = assignments
  return first
    ? { partitions_count: assignments.length, replication_factor: first.length }
    : {
        partitions_count: Math.max(0, partitions),
        replication_factor: Math.max(0, replicationFactor),
      }
}

/** The number of attempts, and the pause before each in milliseconds: brokers learn of a new topic from the controller. */
const ATTEMPTS = 20
const PAUSE_MS = 100

/** librdkafka's answer has no counts, so that the topic is described. Its numbers are those of the request if the client may not. */
async function counted({ admin }: Pick<Services, 'admin'>, topic: NewTopic): Promise<Counts> {
  const plan = planned(topic)
  if (plan.partitions_count > 0 && plan.replication_factor > 0) return plan
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      return await admin.describeTopic(topic.name)
    } catch (error) {
      if ((error as RestError).name !== 'UNKNOWN_TOPIC_OR_PARTITION') return plan
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return plan
}

export const updateTopic = v3({
  operationId: 'updatePartitionCountKafkaTopic',
  name: 'api.v3.topics.partitions',
  tag: 'Topic',
  method: 'PATCH',
  path: TOPIC,
  summary: 'Add partitions to a topic.',
  body: Type.Object({ partitions_count: Type.Integer({ maximum: MAX_INT }) }),
  maxBodyBytes: SMALL_BODY_BYTES,
  responses: { 200: { description: 'The topic.', schema: Topic } },
  errors: ['INVALID_PAYLOAD', 'UNKNOWN_TOPIC_OR_PARTITION'],
  async handler({ params, body }, services) {
    const request = required(body, 'Request body is empty. Partitions_count is required.')
    const cluster = await clusterOf(services, params.cluster_id, CANNOT_BE_FOUND)
    const topic = await services.admin.describeTopic(params.topic_name)
    await services.admin.createPartitions(topic.name, request.partitions_count)
    return ok(
      topicResource(cluster, params.cluster_id, {
        ...topic,
        partitions_count: request.partitions_count,
      }),
    )
  },
})

export const deleteTopicV3 = v3({
  operationId: 'deleteKafkaTopic',
  name: 'api.v3.topics.delete',
  tag: 'Topic',
  method: 'DELETE',
  path: TOPIC,
  summary: 'Delete a topic.',
  responses: { 204: { description: 'The topic is being deleted.' } },
  errors: ['UNKNOWN_TOPIC_OR_PARTITION'],
  async handler({ params }, services) {
    await clusterOf(services, params.cluster_id, CANNOT_BE_FOUND)
    await services.admin.deleteTopic(params.topic_name)
    return NO_CONTENT
  },
})
