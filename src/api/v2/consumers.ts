/** The routes of consumer instances: creating and deleting them, subscriptions, assignments. */
import { Type } from 'typebox'
import { NO_CONTENT, ok } from '../../http/route.ts'
import { compilePattern } from '../../kafka/topic-pattern.ts'
import { route } from '../services.ts'
import { CreateRequest, checkTopics, instanceOf } from './consumer-requests.ts'
import { CONSUMES_ANY_V2, PRODUCES_ANY_V2 } from './formats.ts'
import {
  INSTANCE,
  MAX_LISTED,
  MAX_TOPIC_NAME,
  NOT_EMPTY,
  required,
  requiredList,
  TopicPartition,
} from './requests.ts'

const common = { query: {}, consumes: CONSUMES_ANY_V2, produces: PRODUCES_ANY_V2 } as const
const noContent = { 204: { description: 'Done.' } }

export const createConsumer = route({
  ...common,
  operationId: 'createConsumer',
  method: 'POST',
  path: '/consumers/{group_name}',
  summary: 'Create a consumer instance in a group.',
  body: CreateRequest,
  responses: {
    200: {
      description: 'The name of the instance, and the beginning of its URLs.',
      schema: Type.Object({ instance_id: Type.String(), base_uri: Type.String() }),
    },
  },
  errors: [
    'BAD_REQUEST',
    'CONSUMER_INSTANCE_EXISTS',
    'UNPROCESSABLE',
    'CONSTRAINT_VIOLATION',
    'INVALID_CONSUMER_CONFIG',
    'TOO_MANY_REQUESTS',
  ],
  async handler({ params, body = {} }, { consumers, schemas, baseUri }) {
    const group = params.group_name
    const name = await consumers.create(group, instanceOf(group, body, schemas !== undefined))
    const path = `/consumers/${encodeURIComponent(group)}/instances/${encodeURIComponent(name)}`
    return ok({ instance_id: name, base_uri: baseUri + path })
  },
})

export const deleteConsumer = route({
  ...common,
  operationId: 'deleteConsumer',
  method: 'DELETE',
  path: INSTANCE,
  summary:
    'Delete a consumer instance. With auto-commit it commits the delivered records before it leaves.',
  responses: noContent,
  errors: ['CONSUMER_INSTANCE_NOT_FOUND'],
  async handler({ params }, { consumers }) {
    await consumers.close(consumers.get(params.group_name, params.instance_name))
    return NO_CONTENT
  },
})

export const subscribe = route({
  ...common,
  operationId: 'subscribe',
  method: 'POST',
  path: `${INSTANCE}/subscription`,
  summary: 'Replace the subscription. A pattern matches whole names of topics.',
  body: Type.Object({
    topics: Type.Optional(
      Type.Array(Type.String({ maxLength: MAX_TOPIC_NAME }), { maxItems: MAX_LISTED }),
    ),
    topic_pattern: Type.Optional(Type.String({ maxLength: 1000 })),
  }),
  responses: noContent,
  errors: ['BAD_REQUEST', 'CONSUMER_INSTANCE_NOT_FOUND', 'ILLEGAL_STATE', 'UNPROCESSABLE'],
  async handler({ params, body }, { consumers }) {
    const { topics, topic_pattern } = required(body)
    const instance = consumers.get(params.group_name, params.instance_name)
    if (topics) {
      checkTopics(topics)
      await consumers.subscribe(instance, topics)
    } else if (topic_pattern !== undefined) {
      await consumers.subscribePattern(instance, compilePattern(topic_pattern))
    }
    return NO_CONTENT
  },
})

export const getSubscription = route({
  ...common,
  operationId: 'getSubscription',
  method: 'GET',
  path: `${INSTANCE}/subscription`,
  summary: 'Get the topics of the subscription. For a pattern these are the current matches.',
  responses: {
    200: {
      description: 'The topics.',
      schema: Type.Object({ topics: Type.Array(Type.String()) }),
    },
  },
  errors: ['CONSUMER_INSTANCE_NOT_FOUND'],
  async handler({ params }, { consumers }) {
    const { consumer } = consumers.get(params.group_name, params.instance_name)
    return ok({ topics: await consumer.subscription() })
  },
})

export const unsubscribe = route({
  ...common,
  operationId: 'unsubscribe',
  method: 'DELETE',
  path: `${INSTANCE}/subscription`,
  summary: 'Remove the subscription or the assignment.',
  responses: noContent,
  errors: ['CONSUMER_INSTANCE_NOT_FOUND'],
  async handler({ params }, { consumers }) {
    await consumers.unsubscribe(consumers.get(params.group_name, params.instance_name))
    return NO_CONTENT
  },
})

export const assign = route({
  ...common,
  operationId: 'assign',
  method: 'POST',
  path: `${INSTANCE}/assignments`,
  summary: 'Assign partitions, in place of the previous ones.',
  body: Type.Object(
    { partitions: Type.Optional(Type.Array(TopicPartition, { maxItems: MAX_LISTED })) },
    NOT_EMPTY,
  ),
  responses: noContent,
  errors: ['BAD_REQUEST', 'CONSUMER_INSTANCE_NOT_FOUND', 'ILLEGAL_STATE', 'UNPROCESSABLE'],
  async handler({ params, body }, { consumers }) {
    const partitions = requiredList(required(body).partitions, 'partitions')
    const { consumer } = consumers.get(params.group_name, params.instance_name)
    await consumer.assign(partitions)
    return NO_CONTENT
  },
})

export const getAssignment = route({
  ...common,
  operationId: 'getAssignment',
  method: 'GET',
  path: `${INSTANCE}/assignments`,
  summary: 'Get the assigned partitions.',
  responses: {
    200: {
      description: 'The partitions. The list is empty until the group has assigned some.',
      schema: Type.Object({ partitions: Type.Array(TopicPartition) }),
    },
  },
  errors: ['CONSUMER_INSTANCE_NOT_FOUND'],
  async handler({ params }, { consumers }) {
    const { consumer } = consumers.get(params.group_name, params.instance_name)
    return ok({ partitions: await consumer.assignment() })
  },
})
