/** The process: it makes all parts, starts them, and stops them in the reverse order. */
import { setTimeout as sleep } from 'node:timers/promises'
import { basePathOf } from './api/base-uri.ts'
import { openApi, VERSION } from './api/description.ts'
import { ReferenceFiles, referenceFile } from './api/reference-files.ts'
import { routesOf } from './api/routes.ts'
import type { SharedServices } from './api/services.ts'
import type { Config } from './config/index.ts'
import { Admin } from './kafka/admin.ts'
import { ConnectionWatch } from './kafka/connection-watch.ts'
import { ConsumerInstances, closeAllInstances } from './kafka/consumer-instances.ts'
import { configureEngine } from './kafka/engine.ts'
import { readLags } from './kafka/lags.ts'
import { loadedLibrdkafka, mailbox, native } from './kafka/native.ts'
import { PatternRefresh } from './kafka/pattern-refresh.ts'
import { Producer } from './kafka/producer.ts'
import { Readiness } from './kafka/readiness.ts'
import { adminProperties, producerProperties } from './kafka/settings/client-config.ts'
import { type Logger, logSyslog } from './log.ts'
import { Loop } from './loop.ts'
import { type BuildInfo, Metrics } from './metrics.ts'
import { RegistryClient } from './schema-registry/client.ts'
import { loadRegistrySettings } from './schema-registry/settings.ts'
import { COMPILERS } from './serde/formats.ts'
import { RegistrySource } from './serde/schema-source.ts'
import { Schemas } from './serde/schemas.ts'
import { subjectName } from './serde/subject-name.ts'

/** The time that a stop gives to consumers to leave their groups. */
const CLOSE_TIMEOUT_MS = 10_000

/** The versions that run, as labels of a metric. */
function buildInfo(): BuildInfo {
  const { version: librdkafka, patches } = loadedLibrdkafka()
  return { version: VERSION, node: process.version, librdkafka, patches }
}

/** The objects of a process: the clients of Kafka and of the registry, the metrics, and the event loop. */
export class App {
  readonly #config: Config
  readonly #log: Logger
  readonly #metrics: Metrics
  readonly #producer: Producer
  readonly #admin: Admin
  readonly #consumers: ConsumerInstances
  readonly #registry: RegistryClient | undefined
  readonly #schemas: Schemas | undefined
  readonly #readiness: Readiness
  readonly #connection: ConnectionWatch
  readonly #patterns: PatternRefresh
  readonly #loop: Loop

  /** @param schemas for formats that need them; by default those of a configured schema registry */
  constructor(config: Config, log: Logger, schemas?: Schemas) {
    this.#config = config
    this.#log = log
    mailbox.onLog = (level, line) => logSyslog(log, level, line)
    configureEngine(config)
    this.#metrics = new Metrics(() => this.#readings(), buildInfo())
    this.#producer = new Producer(producerProperties(config))
    this.#admin = new Admin(adminProperties(config), !config['sluice.embedded'])
    const { settings: registry } = loadRegistrySettings(config)
    this.#registry = registry && new RegistryClient(registry, log)
    this.#schemas = schemas ?? (this.#registry && schemasOf(config, this.#registry))
    this.#consumers = new ConsumerInstances(config, this.#admin)
    this.#readiness = new Readiness(this.#admin, log)
    this.#connection = new ConnectionWatch(this.#admin, log, config['bootstrap.servers'])
    this.#patterns = new PatternRefresh(this.#admin)
    this.#loop = new Loop(config, this.#services(), log, this.#metrics)
  }

  /** Listens. Returns the ports. */
  async start(): Promise<number[]> {
    const ports = await this.#loop.start()
    this.#connection.start()
    this.#patterns.start()
    return ports
  }

  /**
   * Makes /ready answer 503, finishes the running requests, lets consumers leave their groups, flushes the
   * producer, and closes the connections. `sluice.shutdown.delay.ms` and `shutdown.graceful.ms` limit the
   * time.
   */
  async stop(): Promise<void> {
    this.#readiness.stop()
    this.#connection.stop()
    this.#patterns.stop()
    await this.#loop.drain()
    this.#registry?.close()
    const limit = sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })
    await Promise.race([closeAllInstances(), limit])
    const lost = await this.#producer.close(this.#config['shutdown.graceful.ms'])
    if (lost > 0) this.#log.error({ records: lost }, 'records were not acknowledged in time')
    await this.#loop.close()
  }

  #services(): SharedServices {
    const basePath = basePathOf(this.#config)
    return {
      producer: this.#producer,
      consumers: this.#consumers,
      admin: this.#admin,
      schemas: this.#schemas,
      maxReadBytes: this.#config['consumer.request.max.bytes'],
      isReady: () => this.#readiness.isReady(),
      renderMetrics: this.#metrics.render,
      openApi: referenceFile('application/json', openApi(basePath, routesOf(this.#config))),
      reference: new ReferenceFiles(basePath, VERSION),
    }
  }

  #readings() {
    const gauges = native.readGauges()
    const durations = native.readDurations()
    const { lags, omitted } = readLags()
    const registry = this.#registry?.readings
    const { connections } = this.#loop
    return {
      ...(connections && {
        sluice_http_connections: connections.open,
        sluice_http_connections_refused_total: connections.refused,
        sluice_http_accept_pauses_total: connections.pauses,
      }),
      sluice_http_requests_in_flight: this.#loop.inFlight,
      sluice_http_arriving_bytes: gauges.arrivingBytes,
      sluice_http_arriving_bytes_max: gauges.arrivingBytesMax,
      sluice_produce_inflight_bytes: gauges.produceInflightBytes,
      sluice_produce_inflight_bytes_max: gauges.produceInflightBytesMax,
      sluice_produce_inflight_records: gauges.produceInflightRecords,
      sluice_produce_records_total: gauges.producedRecords,
      sluice_produce_bytes_total: gauges.producedBytes,
      sluice_produce_failed_records_total: gauges.failedRecords,
      sluice_consume_buffered_bytes: gauges.consumeBufferedBytes,
      sluice_consume_buffered_bytes_max: gauges.consumeBufferedBytesMax,
      sluice_consume_prefetched_bytes: gauges.consumePrefetchedBytes,
      sluice_consume_records_total: gauges.consumedRecords,
      sluice_consume_bytes_total: gauges.consumedBytes,
      sluice_consume_reads: gauges.openReads,
      sluice_consume_reads_returned_total: gauges.returnedReads,
      sluice_consume_first_bytes_seconds: durations.firstBytes,
      sluice_consume_work_seconds: durations.work,
      sluice_consumer_lag_records: lags,
      sluice_consumer_lag_omitted_partitions: omitted,
      sluice_consumer_instances: gauges.consumerInstances,
      sluice_consumer_instances_expired_total: gauges.expiredConsumerInstances,
      ...(registry && {
        sluice_schema_registry_requests_total: registry.requests,
        sluice_schema_registry_failed_requests_total: registry.failures,
        sluice_schema_registry_cache_hits_total: registry.hits,
        sluice_schema_registry_cache_misses_total: registry.misses,
        sluice_schema_registry_stale_answers_total: registry.stale,
        sluice_schema_registry_cached_bytes: registry.cachedBytes,
      }),
    }
  }
}

function schemasOf(config: Config, registry: RegistryClient): Schemas {
  const strategies = {
    key: config['schema.registry.key.subject.name.strategy'],
    value: config['schema.registry.value.subject.name.strategy'],
  }
  return new Schemas({
    source: new RegistrySource(registry),
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
