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
import { COMPILERS } from '../serde/formats.ts'
import type { SchemaSource } from '../serde/schema-source.ts'
import { Schemas } from '../serde/schemas.ts'
import { subjectName } from '../serde/subject-name.ts'
import type { Coordinator } from './coordinator.ts'

/** The engine has sizes of 31 bits for texts of records. */
const MAX_RECORD_BYTES = 2 ** 31 - 1

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
 * @param schemas undefined without a schema registry
 * @param directory undefined without a cluster of processes
 */
export function loopServices(
  config: Config,
  log: Logger,
  coordinator: Coordinator,
  schemas: Schemas | undefined,
  directory: InstanceDirectory | undefined,
): SharedServices {
  const basePath = basePathOf(config)
  const admin = adminOf(config, coordinator)
  return {
    producer: producerOf(config),
    consumers: new ConsumerInstances(config, admin),
    admin,
    principals: PrincipalClients.of(config, log, coordinator),
    schemas,
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

/** The codecs of an event loop. It compiles schemas itself, and `source` has them. */
export function loopSchemas(config: Config, source: SchemaSource): Schemas {
  const strategies = {
    key: config['schema.registry.key.subject.name.strategy'],
    value: config['schema.registry.value.subject.name.strategy'],
  }
  return new Schemas({
    source,
    compilers: COMPILERS,
    policy: {
      subjectOf: (part, topic, name) => subjectName(strategies[part], topic, part, name),
      registersTexts: config['schema.registry.auto.register.schemas'],
      usesLatest: config['schema.registry.use.latest.version'],
    },
    nullIsEmpty: config['null.request.body.always.publishes.empty.record'],
    maxTextBytes: config['sluice.schema.record.max.bytes'],
    timeoutMs: config['sluice.schema.registry.timeout.ms'],
  })
}
