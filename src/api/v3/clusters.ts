/** Clusters: the one that this proxy serves. */

import { ok } from '../../http/route.ts'
import type { ClusterDescription } from '../../kafka/admin.ts'
import { nullable } from '../json-body.ts'
import type { Services } from '../services.ts'
import { CLUSTER, clusterOf } from './cluster.ts'
import { collection, collectionOf } from './collection.ts'
import { Place } from './links.ts'
import { Relation, resourceOf, v3 } from './resources.ts'

const Cluster = resourceOf('KafkaCluster', {
  controller: nullable(Relation),
  acls: Relation,
  brokers: Relation,
  broker_configs: Relation,
  consumer_groups: Relation,
  topics: Relation,
  partition_reassignments: Relation,
})

function clusterResource(place: Place, id: string, { controller_id }: ClusterDescription) {
  return {
    kind: 'KafkaCluster',
    metadata: place.metadata,
    cluster_id: id,
    controller: controller_id < 0 ? null : place.related('brokers', controller_id),
    acls: place.related('acls'),
    brokers: place.related('brokers'),
    broker_configs: place.related('broker-configs'),
    consumer_groups: place.related('consumer-groups'),
    topics: place.related('topics'),
    partition_reassignments: place.related('topics', '-', 'partitions', '-', 'reassignment'),
  }
}

async function servedCluster(services: Services) {
  const description = await services.admin.describeCluster()
  const id = await services.admin.clusterId()
  return clusterResource(Place.ofCluster(services, id), id, description)
}

export const listClusters = v3({
  operationId: 'listKafkaClusters',
  name: 'api.v3.clusters.list',
  tag: 'Cluster',
  method: 'GET',
  path: '/v3/clusters',
  summary: 'List the clusters: the one that this proxy serves.',
  responses: { 200: { description: 'The cluster.', schema: collectionOf(Cluster) } },
  async handler(_request, services) {
    const cluster = await servedCluster(services)
    return collection('KafkaClusterList', `${services.baseUri}/v3/clusters`, [cluster])
  },
})

export const getCluster = v3({
  operationId: 'getKafkaCluster',
  name: 'api.v3.clusters.get',
  tag: 'Cluster',
  method: 'GET',
  path: CLUSTER,
  summary: 'Describe the cluster.',
  responses: { 200: { description: 'The cluster.', schema: Cluster } },
  async handler({ params }, services) {
    await clusterOf(services, params.cluster_id)
    return ok(await servedCluster(services))
  },
})
