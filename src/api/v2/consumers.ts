/** Consumer instances: making and ending them, subscriptions, assignments. */
import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { NO_CONTENT, ok } from '../../http/route.ts'
import { route } from '../services.ts'
import { CONSUMES_ANY_V2, PRODUCES_ANY_V2 } from './media-types.ts'
import {
  INSTANCE,
  MAX_INT,
  MAX_LISTED,
  MAX_TOPIC_NAME,
  NOT_EMPTY,
  required,
  requiredList,
  TopicPartition,
} from './requests.ts'

/** In bytes. Percent-encoded it is part of URLs, which must fit into a request line. */
const MAX_INSTANCE_NAME = 255

const common = { query: {}, consumes: CONSUMES_ANY_V2, produces: PRODUCES_ANY_V2 } as const
const noContent = { 204: { description: 'Done.' } }

export const createConsumer = route({
  ...common,
  operationId: 'createConsumer',
  method: 'POST',
  path: '/consumers/{group_name}',
  summary: 'Make a consumer instance in a group.',
  body: Type.Object({
    id: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_INSTANCE_NAME,
        description: 'Deprecated; wins over name.',
      }),
    ),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_INSTANCE_NAME })),
    format: Type.Optional(
      Type.String({
        description: 'binary (the default), json, string, avro, jsonschema or protobuf.',
      }),
    ),
    'auto.offset.reset': Type.Optional(Type.String()),
    'auto.commit.enable': Type.Optional(Type.String()),
    'enable.auto.commit': Type.Optional(
      Type.String({ description: "The same as auto.commit.enable, in Kafka's own spelling." }),
    ),
    'isolation.level': Type.Optional(
      Type.String({ description: 'read_uncommitted or read_committed.' }),
    ),
    'fetch.min.bytes': Type.Optional(Type.Integer({ maximum: MAX_INT })),
    responseMinBytes: Type.Optional(
      Type.Integer({ maximum: MAX_INT, description: 'The same as fetch.min.bytes.' }),
    ),
    'consumer.request.timeout.ms': Type.Optional(Type.Integer({ maximum: MAX_INT })),
    requestWaitMs: Type.Optional(
      Type.Integer({
        maximum: MAX_INT,
        description: 'The same as consumer.request.timeout.ms.',
      }),
    ),
  }),
  responses: {
    200: {
      description: 'Its name, and the URL for all that concerns it.',
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
  async handler({ params, body = {} }, { consumers, baseUri }) {
    const group = params.group_name
    const name = await consumers.create(group, {
      name: body.id ?? body.name,
      format: body.format,
      autoOffsetReset: body['auto.offset.reset'],
      autoCommit: autoCommitOf(body['auto.commit.enable'], body['enable.auto.commit']),
      isolationLevel: body['isolation.level'],
      fetchMinBytes: body['fetch.min.bytes'] ?? body.responseMinBytes,
      requestTimeoutMs: body['consumer.request.timeout.ms'] ?? body.requestWaitMs,
    })
    const path = `/consumers/${encodeURIComponent(group)}/instances/${encodeURIComponent(name)}`
    return ok({ instance_id: name, base_uri: baseUri + path })
  },
})

/** From the original's member and from the one in Kafka's spelling, which other proxies take. */
function autoCommitOf(ours: string | undefined, kafkas: string | undefined): boolean | undefined {
  const first = booleanOf('auto.commit.enable', ours)
  const second = booleanOf('enable.auto.commit', kafkas)
  if (first === undefined || second === undefined || first === second) return first ?? second
  throw new RestError(
    'INVALID_CONSUMER_CONFIG',
    `Invalid consumer configuration: auto.commit.enable is ${first}, but enable.auto.commit, which ` +
      `means the same, is ${second}.`,
  )
}

function booleanOf(member: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined
  const lower = text.toLowerCase()
  if (lower === 'true' || lower === 'false') return lower === 'true'
  throw new RestError(
    'INVALID_CONSUMER_CONFIG',
    `Invalid consumer configuration: ${member} is ${text}; it must be true or false.`,
  )
}

export const deleteConsumer = route({
  ...common,
  operationId: 'deleteConsumer',
  method: 'DELETE',
  path: INSTANCE,
  summary: 'End an instance: it commits what was delivered, if it does so by itself, and leaves.',
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
  summary: 'Replace the subscription, by topics or by a pattern for whole names.',
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
      const nameless = topics.findIndex(isNoName)
      if (nameless >= 0) {
        throw new RestError('UNPROCESSABLE', `/topics/${nameless} must be the name of a topic.`)
      }
      await consumers.subscribe(instance, topics)
    } else if (topic_pattern !== undefined) {
      await consumers.subscribePattern(instance, topic_pattern)
    }
    return NO_CONTENT
  },
})

/** Topics need not exist, but what begins with "^" is a pattern for librdkafka. */
function isNoName(topic: string): boolean {
  return topic.trim() === '' || topic.startsWith('^')
}

export const getSubscription = route({
  ...common,
  operationId: 'getSubscription',
  method: 'GET',
  path: `${INSTANCE}/subscription`,
  summary: 'The topics of the subscription; of a pattern, those that matched so far.',
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
  summary: 'End the subscription, or the assignment.',
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
  summary: 'Replace the assignment of partitions.',
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
  summary: 'The partitions that the instance reads now.',
  responses: {
    200: {
      description: 'The partitions. Empty until the group has given some.',
      schema: Type.Object({ partitions: Type.Array(TopicPartition) }),
    },
  },
  errors: ['CONSUMER_INSTANCE_NOT_FOUND'],
  async handler({ params }, { consumers }) {
    const { consumer } = consumers.get(params.group_name, params.instance_name)
    return ok({ partitions: await consumer.assignment() })
  },
})
