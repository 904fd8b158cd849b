/** The routes of consumer instances: creating and deleting them, subscriptions, assignments. */
import { Type } from 'typebox'
import { type AnyRoute, NO_CONTENT, ok, type Reply, SMALL_BODY_BYTES } from '../../http/route.ts'
import { compilePattern } from '../../kafka/topic-pattern.ts'
import { resource } from '../resource-names.ts'
import { route, type Services } from '../services.ts'
import { CreateRequest, checkTopics, instanceOf } from './consumer-requests.ts'
import { CONSUMES_ANY_V2, PRODUCES_ANY_V2 } from './formats.ts'
import { instanceRoute, OWNER_WAIT_MS, serveAtOwner } from './instance-route.ts'
import {
  INSTANCE,
  MAX_LISTED,
  MAX_LISTED_BYTES,
  MAX_TOPIC_NAME,
  NOT_EMPTY,
  required,
  requiredList,
  TopicPartition,
  topicsOfBody,
} from './requests.ts'

const common = { query: {}, consumes: CONSUMES_ANY_V2, produces: PRODUCES_ANY_V2 } as const
const noContent = { 204: { description: 'Done.' } }

export const createConsumer: AnyRoute<Services> = route({
  ...common,
  operationId: 'createConsumer',
  method: 'POST',
  path: '/consumers/{group_name}',
  resource: resource('api.v2.consumers.create'),
  summary: 'Create a consumer instance in a group.',
  body: CreateRequest,
  maxBodyBytes: SMALL_BODY_BYTES,
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
  async handler(request, services) {
    const { params, body = {} } = request
    const group = params.group_name
    const wanted = instanceOf(group, body, services.schemas !== undefined)
    const { cluster } = services
    if (!cluster) return created(services, group, await services.consumers.create(group, wanted))
    const { directory } = cluster
    const name = wanted.name ?? (await directory.drawInstanceName(group, OWNER_WAIT_MS))
    const named = { ...request, body: { ...body, id: undefined, name } }
    return serveAtOwner(
      { route: createConsumer, kind: 'other', request: named, cluster, group, name },
      async () => {
        const creator = { caller: cluster.caller(), call: cluster.call }
        await directory.createInstance(group, { ...wanted, name }, creator)
        return created(services, group, name)
      },
    )
  },
})

function created({ baseUri }: Services, group: string, name: string): Reply {
  const path = `/consumers/${encodeURIComponent(group)}/instances/${encodeURIComponent(name)}`
  return ok({ instance_id: name, base_uri: baseUri + path })
}
export const deleteConsumer = instanceRoute('deletion', {
  ...common,
  operationId: 'deleteConsumer',
  method: 'DELETE',
  path: INSTANCE,
  resource: resource('api.v2.consumers.delete'),
  summary:
    'Delete a consumer instance. With auto-commit it commits the delivered records before it leaves.',
  responses: noContent,
  errors: ['CONSUMER_INSTANCE_NOT_FOUND'],
  async handler({ params }, { consumers, cluster }) {
    const { group_name: group, instance_name: name } = params
    const isDormant = await cluster?.directory.isDormant(group, name, cluster.caller())
    // A repeated deletion may find that it is done, except perhaps for the description.
    const isDone = cluster?.isRepeated && !consumers.has(group, name)
    if (!isDormant && !isDone) await consumers.close(consumers.get(group, name))
    await cluster?.directory.removeInstance(group, name, cluster.caller())
    return NO_CONTENT
  },
})

export const subscribe = instanceRoute('other', {
  ...common,
  operationId: 'subscribe',
  method: 'POST',
  path: `${INSTANCE}/subscription`,
  resource: resource('api.v2.consumers.subscribe'),
  topicsOf: topicsOfBody,
  summary: 'Replace the subscription. A pattern matches whole names of topics.',
  body: Type.Object({
    topics: Type.Optional(
      Type.Array(Type.String({ maxLength: MAX_TOPIC_NAME }), { maxItems: MAX_LISTED }),
    ),
    topic_pattern: Type.Optional(Type.String({ maxLength: 1000 })),
  }),
  maxBodyBytes: MAX_LISTED_BYTES,
  responses: noContent,
  errors: ['BAD_REQUEST', 'CONSUMER_INSTANCE_NOT_FOUND', 'ILLEGAL_STATE', 'UNPROCESSABLE'],
  async handler({ params, body }, { consumers, cluster }) {
    const { topics, topic_pattern } = required(body)
    const { group_name: group, instance_name: name } = params
    const instance = consumers.get(group, name)
    if (topics) {
      checkTopics(topics)
      await consumers.subscribe(instance, topics)
      await cluster?.directory.changeInstance(group, name, { topics }, cluster.caller())
    } else if (topic_pattern !== undefined) {
      await consumers.subscribePattern(instance, compilePattern(topic_pattern))
      await cluster?.directory.changeInstance(
        group,
        name,
        { pattern: topic_pattern },
        cluster.caller(),
      )
    }
    return NO_CONTENT
  },
})

export const getSubscription = instanceRoute('other', {
  ...common,
  operationId: 'getSubscription',
  method: 'GET',
  path: `${INSTANCE}/subscription`,
  resource: resource('api.v2.consumers.get-subscription'),
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

export const unsubscribe = instanceRoute('other', {
  ...common,
  operationId: 'unsubscribe',
  method: 'DELETE',
  path: `${INSTANCE}/subscription`,
  resource: resource('api.v2.consumers.unsubscribe'),
  summary: 'Remove the subscription or the assignment.',
  responses: noContent,
  errors: ['CONSUMER_INSTANCE_NOT_FOUND'],
  async handler({ params }, { consumers, cluster }) {
    const { group_name: group, instance_name: name } = params
    await consumers.unsubscribe(consumers.get(group, name))
    await cluster?.directory.changeInstance(group, name, undefined, cluster.caller())
    return NO_CONTENT
  },
})

export const assign = instanceRoute('other', {
  ...common,
  operationId: 'assign',
  method: 'POST',
  path: `${INSTANCE}/assignments`,
  resource: resource('api.v2.consumers.assign'),
  topicsOf: topicsOfBody,
  summary: 'Assign partitions, in place of the previous ones.',
  body: Type.Object(
    { partitions: Type.Optional(Type.Array(TopicPartition, { maxItems: MAX_LISTED })) },
    NOT_EMPTY,
  ),
  maxBodyBytes: MAX_LISTED_BYTES,
  responses: noContent,
  errors: ['BAD_REQUEST', 'CONSUMER_INSTANCE_NOT_FOUND', 'ILLEGAL_STATE', 'UNPROCESSABLE'],
  async handler({ params, body }, { consumers, cluster }) {
    const partitions = requiredList(required(body).partitions, 'partitions')
    const { group_name: group, instance_name: name } = params
    const { consumer } = consumers.get(group, name)
    await consumer.assign(partitions)
    await cluster?.directory.changeInstance(
      group,
      name,
      { assignment: partitions },
      cluster.caller(),
    )
    return NO_CONTENT
  },
})

export const getAssignment = instanceRoute('other', {
  ...common,
  operationId: 'getAssignment',
  method: 'GET',
  path: `${INSTANCE}/assignments`,
  resource: resource('api.v2.consumers.get-assignments'),
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
