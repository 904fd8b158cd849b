/** Brokers of the cluster. */

import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { ok } from '../../http/route.ts'
import type { Broker } from '../../kafka/admin.ts'
import { intOf } from '../java-integers.ts'
import { nullable } from '../json-body.ts'
import type { Services } from '../services.ts'
import { CANNOT_BE_FOUND, CLUSTER, clusterOf } from './cluster.ts'
import { collection, collectionOf } from './collection.ts'
import type { Place } from './links.ts'
import { Relation, resourceOf, v3 } from './resources.ts'

const KafkaBroker = resourceOf('KafkaBroker', {
  broker_id: Type.Integer(),
  host: nullable(Type.String()),
  port: nullable(Type.Integer()),
  rack: nullable(Type.String()),
  configs: Relation,
  partition_replicas: Relation,
})

function brokerResource(cluster: Place, clusterId: string, { id, host, port, rack }: Broker) {
  const place = cluster.at(['brokers', id], ['broker', id])
  return {
    kind: 'KafkaBroker',
    metadata: place.metadata,
    cluster_id: clusterId,
    broker_id: id,
    host,
    port,
    rack,
    configs: place.related('configs'),
    partition_replicas: place.related('partition-replicas'),
  }
}

/** Returns a broker that is alive. Throws 404 for another one: Kafka would not answer until the deadline. */
export async function brokerOf(
  { admin }: Pick<Services, 'admin'>,
  text: string,
  message?: (id: number) => string,
): Promise<Broker> {
  const id = intOf(text)
  const { brokers } = await admin.describeCluster()
  const broker = brokers.find((each) => each.id === id)
  if (!broker) throw new RestError('NOT_FOUND', message?.(id))
  return broker
}

export const listBrokersV3 = v3({
  operationId: 'listKafkaBrokers',
  name: 'api.v3.brokers.list',
  tag: 'Broker',
  method: 'GET',
  path: `${CLUSTER}/brokers`,
  summary: 'List the brokers of the cluster.',
  responses: { 200: { description: 'The brokers.', schema: collectionOf(KafkaBroker) } },
  async handler({ params }, services) {
    const cluster = await clusterOf(services, params.cluster_id, CANNOT_BE_FOUND)
    const { brokers } = await services.admin.describeCluster()
    const items = brokers.map((broker) => brokerResource(cluster, params.cluster_id, broker))
    return collection('KafkaBrokerList', cluster.urlOf('brokers'), items)
  },
})

export const getBroker = v3({
  operationId: 'getKafkaBroker',
  name: 'api.v3.brokers.get',
  tag: 'Broker',
  method: 'GET',
  path: `${CLUSTER}/brokers/{broker_id}`,
  integers: ['broker_id'],
  summary: 'Describe a broker.',
  responses: { 200: { description: 'The broker.', schema: KafkaBroker } },
  async handler({ params }, services) {
    const cluster = await clusterOf(services, params.cluster_id, CANNOT_BE_FOUND)
    const broker = await brokerOf(services, params.broker_id)
    return ok(brokerResource(cluster, params.cluster_id, broker))
  },
})
