/** The directories of brokers, and what is in them: additions of Sluice's own. */

import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import type { Broker, LogDir, ReplicaOnDisk } from '../../kafka/admin.ts'
import { kafkaError } from '../../kafka/errors.ts'
import { nullable } from '../json-body.ts'
import { type DirServices, dirsInBatches, NO_BROKER } from './broker-replicas.ts'
import { brokerOf } from './brokers.ts'
import { CANNOT_BE_FOUND, CLUSTER, clusterOf } from './cluster.ts'
import { collection, collectionOf } from './collection.ts'
import type { Place } from './links.ts'
import { OF_PARTITION, partitionPlace } from './partitions.ts'
import { Relation, resourceOf, SLUICE_TAG, v3 } from './resources.ts'

const LOG_DIRS = `${CLUSTER}/brokers/{broker_id}/log-dirs` as const

const Dir = resourceOf('KafkaLogDir', {
  broker_id: Type.Integer(),
  log_dir: Type.String(),
  error_code: nullable(Type.Integer()),
  message: nullable(Type.String()),
  total_bytes: nullable(Type.Integer()),
  usable_bytes: nullable(Type.Integer()),
  replicas_count: Type.Integer(),
  replicas_bytes: Type.Integer(),
  replicas: Relation,
})

const DirReplica = resourceOf('KafkaLogDirReplica', {
  ...OF_PARTITION,
  broker_id: Type.Integer(),
  log_dir: Type.String(),
  size_bytes: Type.Integer(),
  offset_lag: Type.Integer(),
  is_future: Type.Boolean(),
})

/** The path in a URL has to be one segment. */
function dirPlace(cluster: Place, broker: number, path: string): Place {
  return cluster.at(
    ['brokers', broker, 'log-dirs', encodeURIComponent(path)],
    ['broker', broker],
    ['log-dir', path],
  )
}

export const listLogDirs = v3({
  operationId: 'listKafkaLogDirs',
  name: 'sluice.v3.log-dirs.list',
  tag: SLUICE_TAG,
  method: 'GET',
  path: LOG_DIRS,
  integers: ['broker_id'],
  summary: 'List the directories of a broker, with the sizes of their volumes and replicas.',
  responses: {
    200: {
      description:
        'The directories by path. The numbers are those of replicas that are assigned to the broker.',
      schema: collectionOf(Dir),
    },
  },
  async handler({ params: { cluster_id, broker_id } }, services) {
    const cluster = await clusterOf(services, cluster_id, CANNOT_BE_FOUND)
    const broker = await brokerOf(services, broker_id, NO_BROKER)
    const dirs = new Map<string, LogDir>()
    for await (const batch of dirsInBatches(broker, services)) {
      for (const dir of batch.dirs) {
        const { replicasCount = 0, replicasBytes = 0 } = dirs.get(dir.path) ?? {}
        dirs.set(dir.path, {
          ...dir,
          replicasCount: replicasCount + dir.replicasCount,
          replicasBytes: replicasBytes + dir.replicasBytes,
        })
      }
    }
    const items = [...dirs.values()].map((dir) => {
      const place = dirPlace(cluster, broker.id, dir.path)
      const error = dir.error === 0 ? undefined : kafkaError(dir.error, '')
      return {
        kind: 'KafkaLogDir',
        metadata: place.metadata,
        cluster_id,
        broker_id: broker.id,
        log_dir: dir.path,
        error_code: error?.code ?? null,
        message: error?.message ?? null,
        total_bytes: dir.totalBytes,
        usable_bytes: dir.usableBytes,
        replicas_count: dir.replicasCount,
        replicas_bytes: dir.replicasBytes,
        replicas: place.related('partition-replicas'),
      }
    })
    const self = cluster.urlOf('brokers', broker.id, 'log-dirs')
    return collection('KafkaLogDirList', self, items)
  },
})

export const listLogDirReplicas = v3({
  operationId: 'listKafkaLogDirReplicas',
  name: 'sluice.v3.log-dirs.replicas',
  tag: SLUICE_TAG,
  method: 'GET',
  path: `${LOG_DIRS}/{log_dir}/partition-replicas`,
  integers: ['broker_id'],
  summary:
    'List the replicas in a directory of a broker. The directory is its path, with %2F for each slash.',
  responses: {
    200: {
      description: 'The replicas by topic and partition.',
      schema: collectionOf(DirReplica),
    },
  },
  async handler({ params: { cluster_id, broker_id, log_dir } }, services) {
    const cluster = await clusterOf(services, cluster_id, CANNOT_BE_FOUND)
    const broker = await brokerOf(services, broker_id, NO_BROKER)
    const place = dirPlace(cluster, broker.id, log_dir)
    return collection(
      'KafkaLogDirReplicaList',
      place.urlOf('partition-replicas'),
      replicasIn(log_dir, broker, services, (replica) => ({
        kind: 'KafkaLogDirReplica',
        metadata: partitionPlace(cluster, replica.topic, replica.partition).at(
          ['replicas', broker.id],
          ['replica', broker.id],
        ).metadata,
        cluster_id,
        topic_name: replica.topic,
        partition_id: replica.partition,
        broker_id: broker.id,
        log_dir,
        size_bytes: replica.size,
        offset_lag: replica.offsetLag,
        is_future: replica.isFuture,
      })),
    )
  },
})

async function* replicasIn(
  path: string,
  broker: Broker,
  services: DirServices,
  resource: (replica: ReplicaOnDisk) => object,
): AsyncGenerator<object> {
  for await (const { dirs } of dirsInBatches(broker, services)) {
    const dir = dirs.find((each) => each.path === path)
    if (!dir) throw new RestError('NOT_FOUND', `Broker ${broker.id} has no directory ${path}.`)
    if (dir.error !== 0) throw kafkaError(dir.error, '')
    for (const replica of dir.replicas) yield resource(replica)
  }
}
