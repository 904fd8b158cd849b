/** `/topics` and `/topics/{topic}`, reading. */
import { Type } from 'typebox'
import { ok } from '../../http/route.ts'
import { resource } from '../resource-names.ts'
import { route } from '../services.ts'
import { CONSUMES_V2, PRODUCES_V2 } from './formats.ts'
import { Partition, toPartition } from './partitions.ts'

export const listTopics = route({
  operationId: 'listTopics',
  method: 'GET',
  path: '/topics',
  resource: resource('api.v2.topics.list'),
  summary: "List the names of the topics, without Kafka's internal ones.",
  query: {},
  consumes: CONSUMES_V2,
  produces: PRODUCES_V2,
  responses: {
    200: { description: 'The names, in no order.', schema: Type.Array(Type.String()) },
  },
  errors: ['KAFKA_AUTHENTICATION', 'KAFKA_RETRIABLE_ERROR'],
  async handler(_request, { admin, visibleTopics }) {
    const topics = await admin.listTopics()
    return ok(visibleTopics ? visibleTopics(topics) : topics)
  },
})

export const getTopic = route({
  operationId: 'getTopic',
  method: 'GET',
  path: '/topics/{topic_name}',
  resource: resource('api.v2.topics.get'),
  summary: 'Describe a topic: its configs and its partitions.',
  query: {},
  consumes: CONSUMES_V2,
  produces: PRODUCES_V2,
  responses: {
    200: {
      description: 'The topic. Sensitive configs are null.',
      schema: Type.Object({
        name: Type.String(),
        configs: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()])),
        partitions: Type.Array(Partition),
      }),
    },
  },
  errors: [
    'INVALID_KAFKA_REQUEST',
    'KAFKA_AUTHENTICATION',
    'KAFKA_AUTHORIZATION',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'KAFKA_RETRIABLE_ERROR',
  ],
  async handler({ params }, { admin }) {
    const [topic, configs] = await Promise.all([
      admin.describeTopic(params.topic_name),
      admin.describeConfigsOf('topic', params.topic_name),
    ])
    return ok({
      name: topic.name,
      configs: Object.fromEntries(configs.map(({ name, value }) => [name, value])),
      partitions: topic.partitions.map(toPartition),
    })
  },
})
