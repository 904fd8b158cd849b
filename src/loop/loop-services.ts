/** The services of an event loop. The clients of Kafka are those of the process: the engine shares them. */
import { advertisedUrl, basePathOf } from '../api/base-uri.ts'
import { openApi, VERSION } from '../api/description.ts'
import { ReferenceFiles, referenceFile } from '../api/reference-files.ts'
import { servedRoutesOf } from '../api/routes.ts'
import { securityOf } from '../api/security-description.ts'
import type { SharedCluster, SharedServices } from '../api/services.ts'
import { OpenStreams } from '../api/v3/open-streams.ts'
import type { StreamLimits } from '../api/v3/record-exchange.ts'
import type { InstanceDirectory } from '../cluster/instance-directory.ts'
import { PeerClient } from '../cluster/peer-client.ts'
import { PeerSignature } from '../cluster/signature.ts'
import { type Config, clusterOf } from '../config/index.ts'
import { Admin } from '../kafka/admin.ts'
import { ConsumerInstances } from '../kafka/consumer-instances.ts'
import type { BrokerCaller } from '../kafka/direct/calls.ts'
import { PrincipalClients } from '../kafka/principal-clients.ts'
import { Producer } from '../kafka/producer.ts'
import { adminProperties, producerProperties } from '../kafka/settings/client-config.ts'
import type { Logger } from '../log.ts'
import type { WorkerPool } from '../serde-workers/pool.ts'
import { SchemaWork } from '../serde-workers/schema-work.ts'
import type { Coordinator } from './coordinator.ts'

/** The engine has sizes of 31 bits for texts of records. */
const MAX_RECORD_BYTES = 2 ** 31 - 1
/** A request of a few records has come as a whole in this time, but for a slow client. */
const MAX_SPARED_MS = 1000

/** The admin client of the process. @param brokers see AdminOptions */
export function adminOf(config: Config, brokers?: BrokerCaller): Admin {
  const hasTopicConfigs = !config['sluice.embedded']
  return new Admin(adminProperties(config), { hasTopicConfigs, ...(brokers && { brokers }) })
}

/** The producer of the process. */
export function producerOf(config: Config): Producer {
  return new Producer(producerProperties(config))
}

/**
 * @param workers for schemas; undefined without a schema registry
 * @param directory undefined without a cluster of processes
 */
export function loopServices(
  config: Config,
  log: Logger,
  coordinator: Coordinator,
  workers: WorkerPool | undefined,
  directory: InstanceDirectory | undefined,
): SharedServices {
  const basePath = basePathOf(config)
  const admin = adminOf(config, coordinator)
  return {
    producer: producerOf(config),
    consumers: new ConsumerInstances(config, admin),
    admin,
    principals: PrincipalClients.of(config, log, coordinator),
    schemas: workers && new SchemaWork(workers, log),
    resourceNameAuthority: config['confluent.resource.name.authority'],
    maxReadBytes: config['consumer.request.max.bytes'],
    streamLimits: streamLimitsOf(config),
    openStreams: new OpenStreams(),
    isReady: () => coordinator.isReady(),
    renderMetrics: () => coordinator.renderMetrics(),
    openApi: referenceFile(
      'application/json',
      openApi(basePath, servedRoutesOf(config), securityOf(config)),
    ),
    reference: new ReferenceFiles(basePath, VERSION),
    cluster: directory && loopCluster(config, log, directory),
  }
}

function streamLimitsOf(config: Config): StreamLimits {
  const ofRecords = config['api.v3.produce.request.size.limit.max.bytes']
  const ofRequests = config['sluice.request.max.bytes']
  return {
    maxRecordBytes: Math.min(ofRecords || ofRequests, ofRequests, MAX_RECORD_BYTES),
    maxEntries: config['api.v3.produce.batch.maximum.entries'],
    maxDurationMs: config['streaming.connection.max.duration.ms'],
    graceMs: config['streaming.connection.max.duration.grace.period.ms'],
    // The rest of the time is for answers.
    sparedMs: Math.min(MAX_SPARED_MS, config['shutdown.graceful.ms'] / 2),
  }
}

function loopCluster(
  config: Config,
  log: Logger,
  directory: InstanceDirectory,
): SharedCluster | undefined {
  const settings = clusterOf(config)
  if (!settings) return undefined
  const basePath = basePathOf(config)
  const signature = new PeerSignature(settings.secret)
  return {
    directory,
    peers: new PeerClient(signature, basePath, log),
    signature,
    mode: settings.mode,
    url: settings.url,
    baseUrl: advertisedUrl(config),
    basePath,
  }
}
