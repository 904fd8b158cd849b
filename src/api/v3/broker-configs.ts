/** Configs of brokers. */
import { Type } from 'typebox'
import { NO_CONTENT, ok, type Reply } from '../../http/route.ts'
import type { ConfigChange } from '../../kafka/admin.ts'
import type { Services } from '../services.ts'
import { brokerOf } from './brokers.ts'
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

const BROKER = `${CLUSTER}/brokers/{broker_id}` as const
const CONFIG = `${BROKER}/configs/{name}` as const

const BrokerConfig = configOf('KafkaBrokerConfig', { broker_id: Type.Integer() })
const BrokerConfigs = collectionOf(BrokerConfig)

function ownerOf(cluster: Place, clusterId: string, broker: number): ConfigOwner {
  const place = cluster.at(['brokers', broker], ['broker', broker])
  return {
    kind: 'KafkaBrokerConfig',
    clusterId,
    member: { broker_id: broker },
    place: (name) => place.at(['configs', name], ['config', name]),
  }
}

export const listAllBrokerConfigs = v3({
  operationId: 'listKafkaAllBrokerConfigs',
  name: 'api.v3.brokers-configs.list',
  tag: 'Configs',
  method: 'GET',
  path: `${CLUSTER}/brokers/-/configs`,
  summary: 'List the configs of all brokers.',
  responses: { 200: { description: 'The configs by broker and name.', schema: BrokerConfigs } },
  async handler({ params }, services) {
    const cluster = await clusterOf(services, params.cluster_id)
    const { brokers } = await services.admin.describeCluster()
    const ids = brokers.map(({ id }) => id).sort((left, right) => left - right)
    return collection(
      'KafkaBrokerConfigList',
      cluster.urlOf('brokers', '-', 'configs'),
      configsOfBrokers(services, ids, (id) => ownerOf(cluster, params.cluster_id, id)),
    )
  },
})

async function* configsOfBrokers(
  { admin }: Pick<Services, 'admin'>,
  ids: readonly number[],
  owner: (id: number) => ConfigOwner,
): AsyncGenerator<object> {
  for (const id of ids) {
    yield* configResources(owner(id), await admin.describeConfigsOf('broker', String(id)))
  }
}

/** Returns the configs of a broker that is alive. */
async function configsOf(services: Pick<Services, 'admin'>, brokerId: string) {
  const { id } = await brokerOf(services, brokerId)
  return { id, entries: await services.admin.describeConfigsOf('broker', String(id)) }
}

export const listBrokerConfigs = v3({
  operationId: 'listKafkaBrokerConfigs',
  name: 'api.v3.broker-configs.list',
  tag: 'Configs',
  method: 'GET',
  path: `${BROKER}/configs`,
  integers: ['broker_id'],
  summary: 'List the configs of a broker.',
  responses: { 200: { description: 'The configs by name.', schema: BrokerConfigs } },
  async handler({ params }, services) {
    const cluster = await clusterOf(services, params.cluster_id)
    const { id, entries } = await configsOf(services, params.broker_id)
    return collection(
      'KafkaBrokerConfigList',
      cluster.urlOf('brokers', id, 'configs'),
      configResources(ownerOf(cluster, params.cluster_id, id), entries),
    )
  },
})

export const getBrokerConfig = v3({
  operationId: 'getKafkaBrokerConfig',
  name: 'api.v3.broker-configs.get',
  tag: 'Configs',
  method: 'GET',
  path: CONFIG,
  integers: ['broker_id'],
  summary: 'Describe a config of a broker.',
  responses: { 200: { description: 'The config.', schema: BrokerConfig } },
  async handler({ params }, services) {
    const cluster = await clusterOf(services, params.cluster_id)
    const { id, entries } = await configsOf(services, params.broker_id)
    const entry = configNamed(entries, params.name)
    return ok(configResource(ownerOf(cluster, params.cluster_id, id), entry))
  },
})

/** Changes one config, which must exist. */
async function alter(
  services: Pick<Services, 'admin'>,
  clusterId: string,
  brokerId: string,
  change: ConfigChange,
): Promise<Reply> {
  const { id, entries } = await configsOf(services, brokerId)
  const message = `Config ${change.name} cannot be found for BROKER ${id} in cluster ${clusterId}.`
  configNamed(entries, change.name, message)
  await services.admin.alterConfigs('broker', new Map([[String(id), [change]]]))
  return NO_CONTENT
}

export const updateBrokerConfig = v3({
  operationId: 'updateKafkaBrokerConfig',
  name: 'api.v3.broker-configs.update',
  tag: 'Configs',
  method: 'PUT',
  path: CONFIG,
  integers: ['broker_id'],
  summary: 'Set a config of a broker.',
  body: NewValue,
  responses: { 204: { description: 'The config has the value.' } },
  errors: ['INVALID_PAYLOAD'],
  async handler({ params: { cluster_id, broker_id, name }, body }, services) {
    const { value } = required(body)
    await clusterOf(services, cluster_id)
    return alter(services, cluster_id, broker_id, changeTo(name, value))
  },
})

export const deleteBrokerConfig = v3({
  operationId: 'deleteKafkaBrokerConfig',
  name: 'api.v3.broker-configs.delete',
  tag: 'Configs',
  method: 'DELETE',
  path: CONFIG,
  integers: ['broker_id'],
  summary: 'Reset a config of a broker to its default.',
  responses: { 204: { description: 'The default holds.' } },
  async handler({ params: { cluster_id, broker_id, name } }, services) {
    await clusterOf(services, cluster_id)
    return alter(services, cluster_id, broker_id, { name, value: null })
  },
})

export const alterBrokerConfigs = v3({
  operationId: 'updateKafkaBrokerConfigBatch',
  name: 'api.v3.broker-configs.alter',
  tag: 'Configs',
  method: 'POST',
  path: `${BROKER}/configs:alter`,
  integers: ['broker_id'],
  summary: 'Set and reset configs of a broker, all or none.',
  body: Type.Object({
    data: Changes,
    validate_only: Type.Optional(Type.Boolean({ description: 'Has no effect here.' })),
  }),
  responses: { 204: { description: 'All changes were made.' } },
  errors: ['INVALID_PAYLOAD'],
  async handler({ params, body }, services) {
    const changes = changesOf(required(body).data)
    await clusterOf(services, params.cluster_id)
    const { id, entries } = await configsOf(services, params.broker_id)
    for (const { name } of changes) configNamed(entries, name)
    await services.admin.alterConfigs('broker', new Map([[String(id), changes]]))
    return NO_CONTENT
  },
})
