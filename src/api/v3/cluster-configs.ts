/** Configs of all brokers together, which hold where a broker has no config of its own. */
import { Type } from 'typebox'
import { NO_CONTENT, ok } from '../../http/route.ts'
import { CANNOT_BE_FOUND, CLUSTER, clusterOf } from './cluster.ts'
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
import { enumValueOf } from './query.ts'
import { v3 } from './resources.ts'

/** The path of the configs of a type. */
const CONFIGS = `${CLUSTER}/{config_type}-configs` as const
const CONFIG = `${CONFIGS}/{name}` as const

const ClusterConfig = configOf('KafkaClusterConfig', { config_type: Type.String() })

/** The only type. */
const BROKER = { type: 'Type', names: ['BROKER'] }

function ownerOf(cluster: Place, clusterId: string): ConfigOwner {
  return {
    kind: 'KafkaClusterConfig',
    clusterId,
    member: { config_type: 'BROKER' },
    place: (name) => cluster.at(['broker-configs', name], ['broker-config', name]),
  }
}

export const listClusterConfigs = v3({
  operationId: 'listKafkaClusterConfigs',
  name: 'api.v3.cluster-configs.list',
  tag: 'Configs',
  method: 'GET',
  path: CONFIGS,
  summary: 'List the configs that are set for all brokers.',
  responses: {
    200: { description: 'The configs by name.', schema: collectionOf(ClusterConfig) },
  },
  async handler({ params: { cluster_id, config_type } }, services) {
    enumValueOf(BROKER, config_type)
    const cluster = await clusterOf(services, cluster_id)
    const entries = await services.admin.describeDefaultConfigs(services.principal)
    return collection(
      'KafkaClusterConfigList',
      cluster.urlOf('broker-configs'),
      configResources(ownerOf(cluster, cluster_id), entries),
    )
  },
})

export const getClusterConfig = v3({
  operationId: 'getKafkaClusterConfig',
  name: 'api.v3.cluster-configs.get',
  tag: 'Configs',
  method: 'GET',
  path: CONFIG,
  summary: 'Describe a config that is set for all brokers.',
  responses: { 200: { description: 'The config.', schema: ClusterConfig } },
  async handler({ params: { cluster_id, config_type, name } }, services) {
    enumValueOf(BROKER, config_type)
    const cluster = await clusterOf(services, cluster_id)
    const entry = configNamed(await services.admin.describeDefaultConfigs(services.principal), name)
    return ok(configResource(ownerOf(cluster, cluster_id), entry))
  },
})

export const updateClusterConfig = v3({
  operationId: 'updateKafkaClusterConfig',
  name: 'api.v3.cluster-configs.update',
  tag: 'Configs',
  method: 'PUT',
  path: CONFIG,
  summary: 'Set a config for all brokers.',
  body: NewValue,
  responses: { 204: { description: 'The config has the value.' } },
  errors: ['INVALID_PAYLOAD'],
  async handler({ params: { cluster_id, config_type, name }, body }, services) {
    enumValueOf(BROKER, config_type)
    const { value } = required(body)
    await clusterOf(services, cluster_id, CANNOT_BE_FOUND)
    await services.admin.alterDefaultConfigs(services.principal, [changeTo(name, value)])
    return NO_CONTENT
  },
})

export const deleteClusterConfig = v3({
  operationId: 'deleteKafkaClusterConfig',
  name: 'api.v3.cluster-configs.delete',
  tag: 'Configs',
  method: 'DELETE',
  path: CONFIG,
  summary: 'Reset a config of all brokers to its default.',
  responses: { 204: { description: 'The default holds.' } },
  async handler({ params: { cluster_id, config_type, name } }, services) {
    enumValueOf(BROKER, config_type)
    await clusterOf(services, cluster_id)
    const entries = await services.admin.describeDefaultConfigs(services.principal)
    // The original has the name of the broker here, which is empty.
    configNamed(
      entries,
      name,
      `Config ${name} cannot be found for BROKER  in cluster ${cluster_id}.`,
    )
    await services.admin.alterDefaultConfigs(services.principal, [{ name, value: null }])
    return NO_CONTENT
  },
})

export const alterClusterConfigs = v3({
  operationId: 'updateKafkaClusterConfigs',
  name: 'api.v3.cluster-configs.alter',
  tag: 'Configs',
  method: 'POST',
  path: `${CONFIGS}:alter`,
  summary: 'Set and reset configs of all brokers, all or none.',
  body: Type.Object({
    data: Changes,
    validate_only: Type.Optional(Type.Boolean({ description: 'Has no effect here.' })),
  }),
  responses: { 204: { description: 'All changes were made.' } },
  errors: ['INVALID_PAYLOAD'],
  async handler({ params: { cluster_id, config_type }, body }, services) {
    enumValueOf(BROKER, config_type)
    const changes = changesOf(required(body).data)
    await clusterOf(services, cluster_id, CANNOT_BE_FOUND)
    await services.admin.alterDefaultConfigs(services.principal, changes)
    return NO_CONTENT
  },
})
