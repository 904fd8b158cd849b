/** The process: what it has once, beside its event loops. */
import { VERSION } from '../api/description.ts'
import { type Authority, authorityOf } from '../auth/authority.ts'
import { Directory } from '../cluster/directory.ts'
import type { InstanceCaller } from '../cluster/instance-directory.ts'
import { type Config, clusterOf } from '../config/index.ts'
import { readBrokers } from '../kafka/brokers.ts'
import { ConnectionWatch } from '../kafka/connection-watch.ts'
import { ConsumerInstances, closeAllInstances } from '../kafka/consumer-instances.ts'
import { BrokerThread } from '../kafka/direct/broker-thread.ts'
import type { Answers, CallSettings, Question } from '../kafka/direct/calls.ts'
import { configureEngine } from '../kafka/engine.ts'
import { readLags } from '../kafka/lags.ts'
import { ProcessToken } from '../kafka/msk/process-token.ts'
import { loadedLibrdkafka, mailbox, native } from '../kafka/native.ts'
import { PatternRefresh } from '../kafka/pattern-refresh.ts'
import { PrincipalClients } from '../kafka/principal-clients.ts'
import { closePooledProducers, type Producer } from '../kafka/producer.ts'
import { Readiness } from '../kafka/readiness.ts'
import { mskLoginOf } from '../kafka/settings/client-config.ts'
import { type Logger, logSyslog } from '../log.ts'
import type { Coordinator, OutputName } from '../loop/coordinator.ts'
import { adminOf, producerOf } from '../loop/loop-services.ts'
import { type BuildInfo, Metrics } from '../metrics.ts'
import { RegistryClient } from '../schema-registry/client.ts'
import { loadRegistrySettings } from '../schema-registry/settings.ts'
import { sourcesOf } from '../serde/registry-sources.ts'
import { awaitAtMost } from '../waiting.ts'
import { AccessRulesFile } from './access-rules-file.ts'
import { EventLoops } from './event-loops.ts'
import { ListenerCertificates } from './listener-certificates.ts'
import { Outputs } from './outputs.ts'
import { type SchemaWorkerParts, SchemaWorkers } from './schema-workers.ts'

/** The time that a stop gives to consumers to leave their groups. */
const CLOSE_TIMEOUT_MS = 10_000

/** The versions that run, as labels of a metric. */
function buildInfo(): BuildInfo {
  const { version: librdkafka, patches } = loadedLibrdkafka()
  return { version: VERSION, node: process.version, librdkafka, patches }
}

function directoryOf(
  config: Config,
  log: Logger,
  principals: PrincipalClients | undefined,
  onFailure: (error: Error) => void,
): Directory | undefined {
  const settings = clusterOf(config)
  const admin = adminOf(config)
  const shared = new ConsumerInstances(config, admin)
  // Without a principal nobody has the rights of the process.
  const consumersOf = ({ principal = '', login }: InstanceCaller) =>
    principals ? principals.get(principal, () => login).consumers : shared.ownedBy(principal)
  const ownerOf = (caller: InstanceCaller) =>
    principals ? consumersOf(caller).owner : caller.principal
  const parts = { admin, consumersOf, ownerOf, log, onFailure }
  return settings && new Directory(config, settings, parts)
}

/**
 * The objects that a process has once. It configures the engine, starts the event loops, answers their calls, and stops
 * everything in the reverse order.
 */
export class App implements Coordinator {
  readonly #config: Config
  readonly #log: Logger
  readonly #metrics: Metrics
  readonly #producer: Producer
  readonly #registry: RegistryClient | undefined
  readonly #readiness: Readiness
  readonly #connection: ConnectionWatch
  readonly #patterns: PatternRefresh
  /** Undefined if clients do not log in to Amazon MSK. */
  readonly #token: ProcessToken | undefined
  /** Undefined without a cluster of processes. */
  readonly #directory: Directory | undefined
  /** Undefined if no listener asks for credentials. */
  readonly #authority: Authority | undefined
  readonly #outputs: Outputs
  readonly #brokers: BrokerThread
  /** Undefined without a schema registry. */
  readonly #schemaWorkers: SchemaWorkers | undefined
  readonly #loops: EventLoops
  readonly #certificates: ListenerCertificates
  readonly #access: AccessRulesFile

  /**
   * @param onFailure called when an event loop has ended by an error, or Kafka refuses the membership in the cluster; the
   *   caller stops the process
   * @param schemas the registry and the compilers of formats that need them; by default those of the configuration
   */
  constructor(
    config: Config,
    log: Logger,
    onFailure: (error: Error) => void = () => {},
    schemas?: Pick<SchemaWorkerParts, 'sources' | 'compilers'>,
  ) {
    this.#config = config
    this.#log = log
    this.#outputs = new Outputs(config, log)
    this.#brokers = new BrokerThread(log)
    mailbox.onLog = (level, line) => logSyslog(log, level, line)
    configureEngine(config)
    this.#producer = producerOf(config)
    const admin = adminOf(config)
    const { settings: registry } = loadRegistrySettings(config)
    this.#registry = registry && new RegistryClient(registry, log)
    this.#readiness = new Readiness(admin, log)
    this.#connection = new ConnectionWatch(admin, log, config['bootstrap.servers'])
    const principals = PrincipalClients.of(config, log)
    this.#patterns = new PatternRefresh()
    const login = mskLoginOf(config)
    this.#token = login && new ProcessToken(login, log)
    const registered = this.#registry && { sources: sourcesOf(this.#registry) }
    const parts = schemas ?? registered
    const onEnded: SchemaWorkerParts['onEnded'] = (index, start, cause) =>
      this.#loops.onSchemaWorkerEnded(index, start, cause)
    this.#schemaWorkers = parts && new SchemaWorkers(config, log, { ...parts, onEnded })
    this.#directory = directoryOf(config, log, principals, onFailure)
    this.#authority = authorityOf(config, log)
    this.#access = new AccessRulesFile(config, log, (text) => this.#loops.replaceAccessRules(text))
    this.#loops = new EventLoops(config, log, {
      coordinator: this,
      directory: this.#directory,
      authority: this.#authority,
      outputs: {
        requests: this.#outputs.sink('requests'),
        audit: this.#outputs.sink('audit'),
        fields: {},
      },
      accessRules: this.#access.text,
      loads: this.#schemaWorkers?.loads,
      onFailure,
    })
    this.#certificates = new ListenerCertificates(config, log, (tls) => this.#loops.replaceTls(tls))
    this.#metrics = new Metrics(() => this.#readings(), buildInfo(), this.#loops.counters)
  }

  /** Listens. Returns the ports. */
  async start(): Promise<number[]> {
    const ports = await this.#loops.start(this.#certificates.options)
    this.#certificates.start()
    this.#authority?.start()
    this.#access.start()
    await this.#token?.start()
    this.#connection.start()
    this.#patterns.start()
    // The others may send requests as soon as this process is a member.
    await this.#directory?.start()
    return ports
  }

  /**
   * Makes /ready answer 503, finishes the running requests, lets consumers leave their groups, flushes the
   * producer, and closes the connections. `sluice.shutdown.delay.ms` and `shutdown.graceful.ms` limit the
   * time.
   */
  async stop(): Promise<void> {
    this.#readiness.stop()
    this.#certificates.stop()
    this.#authority?.stop()
    this.#access.stop()
    this.#connection.stop()
    this.#patterns.stop()
    this.#token?.stop()
    // The instances go to other processes while this one still takes requests, which it sends after them.
    await this.#directory?.leave()
    await this.#loops.drain()
    await this.#directory?.close()
    this.#registry?.close()
    await awaitAtMost(closeAllInstances(), CLOSE_TIMEOUT_MS)
    const grace = this.#config['shutdown.graceful.ms']
    const losses = await Promise.all([this.#producer.close(grace), closePooledProducers(grace)])
    const lost = losses.reduce((sum, records) => sum + records, 0)
    if (lost > 0) this.#log.error({ records: lost }, 'records were not acknowledged in time')
    await this.#loops.close()
    await this.#schemaWorkers?.stop()
    await this.#outputs.flush()
  }

  /** Whether there is something that reload() reads. */
  get isReloadable(): boolean {
    const hasCertificates = this.#certificates.isReloadable
    const hasRules = this.#access.text !== undefined
    const hasFiles = this.#outputs.hasFiles
    return hasCertificates || hasRules || hasFiles || this.#authority?.isReloadable === true
  }

  /**
   * Reads the certificates of the listeners, the users and the rules of access again, and opens the files of logs again. The
   * log tells the result.
   */
  async reload(reason: string): Promise<void> {
    if (this.#outputs.hasFiles) this.#outputs.reopen()
    await Promise.all([
      this.#certificates.reload(reason),
      this.#authority?.reload(reason),
      this.#access.reload(reason),
    ])
  }

  async isReady(): Promise<boolean> {
    return (this.#directory?.isReady ?? true) && (await this.#readiness.isReady())
  }

  async startSchemaWorker(index: number): Promise<number> {
    if (!this.#schemaWorkers) throw new Error('There is no schema registry.')
    return this.#schemaWorkers.startSchemaWorker(index)
  }

  renderMetrics(): Promise<string> {
    this.#loops.writeGauges()
    return this.#metrics.render()
  }

  async writeLines(output: OutputName, lines: string): Promise<void> {
    this.#outputs.sink(output).write(lines)
  }

  callBrokers(question: Question, settings: CallSettings): Promise<Answers[Question['kind']]> {
    const token = settings.token ?? this.#token?.tokenOf(settings.properties)
    return this.#brokers.callBrokers(question, { ...settings, token })
  }

  #readings() {
    const gauges = native.readGauges()
    const durations = native.readDurations()
    const { lags, omitted } = readLags()
    const registry = this.#registry?.readings
    return {
      sluice_http_arriving_bytes: gauges.arrivingBytes,
      sluice_http_arriving_bytes_max: gauges.arrivingBytesMax,
      sluice_produce_inflight_bytes: gauges.produceInflightBytes,
      sluice_produce_inflight_bytes_max: gauges.produceInflightBytesMax,
      sluice_produce_inflight_records: gauges.produceInflightRecords,
      sluice_produce_records_total: gauges.producedRecords,
      sluice_produce_bytes_total: gauges.producedBytes,
      sluice_produce_failed_records_total: gauges.failedRecords,
      sluice_produce_streams: gauges.openStreams,
      sluice_produce_streamed_records_total: gauges.streamedRecords,
      sluice_produce_rate_limited_records_total: gauges.rateLimitedRecords,
      sluice_produce_unanswered_records_total: gauges.unansweredRecords,
      sluice_produce_streamed_record_seconds: durations.streamedRecords,
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
      sluice_kafka_identity_clients: gauges.pooledClients,
      sluice_kafka_identity_clients_max: gauges.pooledClientsMax,
      sluice_kafka_identity_clients_opened_total: gauges.pooledClientsOpened,
      sluice_kafka_identity_clients_evicted_total: gauges.pooledClientsEvicted,
      sluice_kafka_identity_clients_refused_total: gauges.pooledClientsRefused,
      sluice_kafka_identity_credentials_refused_total: gauges.wrongCredentials,
      sluice_kafka_produce_throttled_total: gauges.throttlings,
      sluice_kafka_produce_throttle_seconds_total: gauges.throttledMs / 1000,
      ...readBrokers(),
      sluice_consumer_instances: gauges.consumerInstances,
      sluice_consumer_instances_expired_total: gauges.expiredConsumerInstances,
      sluice_log_omitted_lines_total: this.#outputs.omitted(this.#loops.counters),
      ...this.#loops.limits.network?.readings,
      ...this.#schemaWorkers?.readings,
      ...this.#directory?.readings,
      ...this.#certificates.readings,
      ...this.#authority?.readings,
      ...this.#access.readings,
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
