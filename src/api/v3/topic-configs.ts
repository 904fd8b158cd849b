/** Configs of topics. */
import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { NO_CONTENT, ok, type Reply } from '../../http/route.ts'
import type { ConfigChange, ResourceConfigs } from '../../kafka/admin.ts'
import { errorOfRow, type FailedRow } from '../../kafka/rows.ts'
import type { Services } from '../services.ts'
import { byText, inBatches, isHidden } from './batches.ts'
import { CLUSTER, clusterOf } from './cluster.ts'
import { collection, collectionOf } from './collection.ts'
import {
  Changes,
  type ConfigOwner,
  changesOf,
  changeTo,
  configNamed,
  configOf,
  configResource,
  configResources,
  NewValue,
} from './configs.ts'
import { required } from './dialect.ts'
import type { Place } from './links.ts'
import { v3 } from './resources.ts'
import { TOPIC, topicPlace, visibleTopicsOf } from './topics.ts'

const CONFIG = `${TOPIC}/configs/{name}` as const

const TOPICS_AT_ONCE = 40

const TopicConfig = configOf('KafkaTopicConfig', { topic_name: Type.String() })
const TopicConfigs = collectionOf(TopicConfig)

function ownerOf(cluster: Place, clusterId: string, topic: string): ConfigOwner {
  const place = topicPlace(cluster, topic)
  return {
    kind: 'KafkaTopicConfig',
    clusterId,
    member: { topic_name: topic },
    place: (name) => place.at(['configs', name], ['config', name]),
  }
}

export const listAllTopicConfigs = v3({
  operationId: 'listKafkaAllTopicConfigs',
  name: 'api.v3.topic-configs.list',
  tag: 'Configs',
  method: 'GET',
  path: `${CLUSTER}/topics/-/configs`,
  summary: 'List the configs of all topics.',
  responses: { 200: { description: 'The configs by topic and name.', schema: TopicConfigs } },
  async handler({ params }, services) {
    const cluster = await clusterOf(services, params.cluster_id)
    const topics = await visibleTopicsOf(services)
    const rows = inBatches(
      topics,
      TOPICS_AT_ONCE,
      (batch) => services.admin.describeConfigs('topic', batch),
      isHidden,
    )
    return collection(
      'KafkaTopicConfigList',
      cluster.urlOf('topics', '-', 'configs'),
      configsOfTopics(rows, (topic) => ownerOf(cluster, params.cluster_id, topic)),
    )
  },
})

async function* configsOfTopics(
  rows: AsyncIterable<ResourceConfigs>,
  owner: (topic: string) => ConfigOwner,
): AsyncGenerator<object> {
  for await (const { name, configs } of rows) yield* configResources(owner(name), configs)
}

export const listTopicConfigs = v3({
  operationId: 'listKafkaTopicConfigs',
  name: 'api.v3.topic-configs.list',
  tag: 'Configs',
  method: 'GET',
  path: `${TOPIC}/configs`,
  summary: 'List the configs of a topic.',
  responses: { 200: { description: 'The configs by name.', schema: TopicConfigs } },
  errors: ['UNKNOWN_TOPIC_OR_PARTITION'],
  async handler({ params: { cluster_id, topic_name } }, services) {
    const cluster = await clusterOf(services, cluster_id)
    const entries = await services.admin.describeConfigsOf('topic', topic_name)
    return collection(
      'KafkaTopicConfigList',
      topicPlace(cluster, topic_name).urlOf('configs'),
      configResources(ownerOf(cluster, cluster_id, topic_name), entries),
    )
  },
})

export const getTopicConfig = v3({
  operationId: 'getKafkaTopicConfig',
  name: 'api.v3.topic-configs.get',
  tag: 'Configs',
  method: 'GET',
  path: CONFIG,
  summary: 'Describe a config of a topic.',
  responses: { 200: { description: 'The config.', schema: TopicConfig } },
  errors: ['UNKNOWN_TOPIC_OR_PARTITION'],
  async handler({ params: { cluster_id, topic_name, name } }, services) {
    const cluster = await clusterOf(services, cluster_id)
    const entries = await services.admin.describeConfigsOf('topic', topic_name)
    const entry = configNamed(entries, name)
    return ok(configResource(ownerOf(cluster, cluster_id, topic_name), entry))
  },
})

/** Changes one config, which must exist. */
async function alter(
  { admin }: Pick<Services, 'admin'>,
  clusterId: string,
  topic: string,
  change: ConfigChange,
): Promise<Reply> {
  const message = `Config ${change.name} cannot be found for TOPIC ${topic} in cluster ${clusterId}.`
  configNamed(await admin.describeConfigsOf('topic', topic), change.name, message)
  await admin.alterConfigs('topic', new Map([[topic, [change]]]))
  return NO_CONTENT
}

export const updateTopicConfig = v3({
  operationId: 'updateKafkaTopicConfig',
  name: 'api.v3.topic-configs.update',
  tag: 'Configs',
  method: 'PUT',
  path: CONFIG,
  summary: 'Set a config of a topic.',
  body: NewValue,
  responses: { 204: { description: 'The config has the value.' } },
  errors: ['INVALID_PAYLOAD', 'UNKNOWN_TOPIC_OR_PARTITION'],
  async handler({ params: { cluster_id, topic_name, name }, body }, services) {
    const { value } = required(body)
    await clusterOf(services, cluster_id)
    return alter(services, cluster_id, topic_name, changeTo(name, value))
  },
})

export const deleteTopicConfig = v3({
  operationId: 'deleteKafkaTopicConfig',
  name: 'api.v3.topic-configs.delete',
  tag: 'Configs',
  method: 'DELETE',
  path: CONFIG,
  summary: 'Reset a config of a topic to its default.',
  responses: { 204: { description: 'The default holds.' } },
  errors: ['UNKNOWN_TOPIC_OR_PARTITION'],
  async handler({ params: { cluster_id, topic_name, name } }, services) {
    await clusterOf(services, cluster_id)
    return alter(services, cluster_id, topic_name, { name, value: null })
  },
})

export const alterTopicConfigs = v3({
  operationId: 'updateKafkaTopicConfigBatch',
  name: 'api.v3.topic-configs.alter',
  tag: 'Configs',
  method: 'POST',
  path: `${TOPIC}/configs:alter`,
  summary: 'Set and reset configs of a topic, all or none.',
  body: Type.Object({ data: Changes, validate_only: Type.Optional(Type.Boolean()) }),
  responses: { 204: { description: 'All changes were made.' } },
  errors: ['INVALID_PAYLOAD', 'UNKNOWN_TOPIC_OR_PARTITION'],
  async handler({ params: { cluster_id, topic_name }, body }, services) {
    const { data, validate_only } = required(body)
    const changes = changesOf(data)
    await clusterOf(services, cluster_id)
    const entries = await services.admin.describeConfigsOf('topic', topic_name)
    for (const { name } of changes) configNamed(entries, name)
    await services.admin.alterConfigs('topic', new Map([[topic_name, changes]]), validate_only)
    return NO_CONTENT
  },
})

export const alterConfigsOfTopics = v3({
  operationId: 'updateKafkaTopicsConfigBatch',
  name: 'api.v3.topic-configs.alter-multi',
  tag: 'Configs',
  method: 'POST',
  path: `${CLUSTER}/topics/-/configs:alter`,
  summary: 'Set and reset configs of several topics.',
  body: Type.Object({
    data: Type.Array(Type.Object({ topic_name: Type.String(), configs: Changes }), {
      maxItems: 1000,
    }),
    validate_only: Type.Optional(Type.Boolean()),
  }),
  topicsOf: (body: { data?: readonly { topic_name: string }[] } | undefined) =>
    (body?.data ?? []).map(({ topic_name }) => topic_name),
  responses: {
    204: { description: 'All changes were made.' },
    207: {
      description: 'The topics whose changes were not made. Those of all others were.',
      schema: Type.Object({
        failures: Type.Array(
          Type.Object({
            topic_name: Type.String(),
            error_code: Type.Integer(),
            message: Type.String(),
          }),
        ),
      }),
    },
  },
  errors: ['INVALID_PAYLOAD', 'UNKNOWN_TOPIC_OR_PARTITION'],
  async handler({ params, body }, services) {
    const { data, validate_only } = required(body)
    // The last entry of a topic counts.
    const changes = new Map(data.map(({ topic_name, configs }) => [topic_name, changesOf(configs)]))
    await clusterOf(services, params.cluster_id)
    await checkNames(services, changes)
    const failures = await alterTopics(services, changes, validate_only)
    if (failures.length === 0) return NO_CONTENT
    return { status: 207, body: JSON.stringify({ failures }) }
  },
})

/** Throws 404 for a topic or a config that does not exist, before anything is changed. */
async function checkNames(
  { admin }: Pick<Services, 'admin'>,
  changes: ReadonlyMap<string, readonly ConfigChange[]>,
): Promise<void> {
  const topics = [...changes.keys()].sort(byText)
  const rows = inBatches<ResourceConfigs>(topics, TOPICS_AT_ONCE, (batch) =>
    admin.describeConfigs('topic', batch),
  )
  for await (const { name, configs } of rows) {
    for (const change of changes.get(name) ?? []) configNamed(configs, change.name)
  }
}

async function alterTopics(
  { admin }: Pick<Services, 'admin'>,
  changes: ReadonlyMap<string, readonly ConfigChange[]>,
  validateOnly: boolean | undefined,
) {
  try {
    return (await admin.alterConfigs('topic', changes, validateOnly)).map((row: FailedRow) =>
      failure(row.name, errorOfRow(row)),
    )
  } catch (error) {
    // The error of a call about one topic is that of this topic.
    if (!(error instanceof RestError) || changes.size !== 1) throw error
    return [failure([...changes.keys()][0] as string, error)]
  }
}

function failure(topic: string, { code, message }: RestError) {
  return { topic_name: topic, error_code: code, message }
}
