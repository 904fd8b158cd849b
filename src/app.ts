/** Builds every room in order, starts them, and stops them in mirror order. */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { basePathOf, baseUriOf } from './api/base-uri.ts'
import { apisOf, ROUTES } from './api/routes.ts'
import type { Services } from './api/services.ts'
import { V2Error } from './api/v2/dialect.ts'
import { type Config, listenersOf } from './config/index.ts'
import { RestError } from './errors.ts'
import { Dispatcher, type Observer } from './http/dispatch.ts'
import type { Exchange } from './http/exchange.ts'
import { openApiOf } from './http/openapi.ts'
import { Server } from './http/server.ts'
import { Admin } from './kafka/admin.ts'
import { adminProperties, producerProperties } from './kafka/client-config.ts'
import { ConsumerInstances } from './kafka/consumer-instances.ts'
import { recordErrors } from './kafka/errors.ts'
import { mailbox, native, readGauges } from './kafka/native.ts'
import { Producer } from './kafka/producer.ts'
import { type Logger, logSyslog } from './log.ts'
import { Metrics } from './metrics.ts'
import { RegistryClient } from './schema-registry/client.ts'
import { loadRegistrySettings } from './schema-registry/settings.ts'
import { subjectName } from './schema-registry/subject-name.ts'
import { COMPILERS } from './serde/compilers.ts'
import { RegistrySource } from './serde/registry-source.ts'
import { Schemas } from './serde/schemas.ts'

/** The version of this package. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version

/** The description of the API, in JSON, where all paths begin with `basePath`. */
export function openApi(basePath = ''): string {
  const info = {
    title: 'Sluice',
    version: VERSION,
    description: "Confluent's REST API for Apache Kafka.",
  }
  return JSON.stringify(openApiOf(ROUTES, V2Error, info, basePath), null, 2)
}

/** A readiness answer is good for this long: probes of many balancers ask Kafka once. */
const READY_FOR_MS = 5000
const READY_TIMEOUT_MS = 2000

/** librdkafka takes a moment to leave groups and flush; more than this is not waited for. */
const CLOSE_TIMEOUT_MS = 10_000

/** One running proxy. */
export class App {
  readonly #config: Config
  readonly #log: Logger
  readonly #metrics: Metrics
  readonly #producer: Producer
  readonly #admin: Admin
  readonly #consumers: ConsumerInstances
  readonly #registry: RegistryClient | undefined
  readonly #schemas: Schemas | undefined
  readonly #dispatcher: Dispatcher<Services>
  #server: Server<Services> | undefined
  #isStopping = false
  #readyUntil = 0

  /** @param schemas for formats that need them; without it those of the schema registry, if there is one */
  constructor(config: Config, log: Logger, schemas?: Schemas) {
    this.#config = config
    this.#log = log
    mailbox.onLog = (level, line) => logSyslog(log, level, line)
    configureEngine(config)
    this.#metrics = new Metrics(() => this.#readings())
    this.#producer = new Producer(producerProperties(config))
    this.#admin = new Admin(adminProperties(config))
    const { settings: registry } = loadRegistrySettings(config)
    this.#registry = registry && new RegistryClient(registry, log)
    this.#schemas = schemas ?? (this.#registry && schemasOf(config, this.#registry))
    this.#consumers = new ConsumerInstances(config, this.#admin, this.#schemas !== undefined)
    this.#dispatcher = new Dispatcher<Services>({
      apis: apisOf(config),
      services: this.#services(),
      basePath: basePathOf(config),
      maxBodyBytes: config['sluice.request.max.bytes'],
      maxHeaderBytes: config['max.request.header.size'],
      createBody: (announcedBytes) => new native.Body(announcedBytes),
      observer: new RequestObserver(config, log, this.#metrics),
    })
  }

  /** Listens. Returns the ports. */
  async start(): Promise<number[]> {
    this.#server = await Server.create<Services>(
      {
        addresses: listenersOf(this.#config),
        maxHeaderBytes: this.#config['max.request.header.size'],
        idleTimeoutMs: this.#config['idle.timeout.ms'],
        uploadTimeoutMs: this.#config['sluice.request.upload.timeout.ms'],
        minBytesPerSecond: this.#config['sluice.request.upload.min.bytes.per.second'],
        handshakes: { ignoreNew: native.ignoreNewHandshakes, waiting: native.waitingConnections },
      },
      this.#dispatcher,
    )
    return this.#server.listen()
  }

  /**
   * Not ready, no new connections (after `sluice.shutdown.delay.ms`), what runs is finished (for up
   * to `shutdown.graceful.ms`) and what still comes is refused, consumers leave their groups, the
   * producer flushes, connections close.
   */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#server?.sendAway()
    // Load balancers send requests here until they have asked /ready again.
    const delay = this.#config['sluice.shutdown.delay.ms']
    if (delay > 0) await sleep(delay)
    await this.#server?.stopListening()
    const grace = this.#config['shutdown.graceful.ms']
    await within(grace, this.#dispatcher.drain())
    this.#dispatcher.close()
    this.#registry?.close()
    await within(CLOSE_TIMEOUT_MS, this.#consumers.closeAll())
    const lost = await this.#producer.close(grace)
    if (lost > 0) this.#log.error({ records: lost }, 'records were not acknowledged in time')
    await this.#server?.close()
  }

  #services(): Services {
    return {
      producer: this.#producer,
      consumers: this.#consumers,
      admin: this.#admin,
      schemas: this.#schemas,
      maxReadBytes: this.#config['consumer.request.max.bytes'],
      baseUri: baseUriOf(this.#config),
      isReady: () => this.#isReady(),
      renderMetrics: this.#metrics.render,
      openApi: openApi(basePathOf(this.#config)),
    }
  }

  async #isReady(): Promise<boolean> {
    if (this.#isStopping) return false
    if (performance.now() < this.#readyUntil) return true
    try {
      await this.#admin.describeCluster(READY_TIMEOUT_MS)
      this.#readyUntil = performance.now() + READY_FOR_MS
      return !this.#isStopping
    } catch (error) {
      this.#log.warn({ err: error }, 'not ready: no broker answered')
      return false
    }
  }

  #readings() {
    const gauges = readGauges()
    const registry = this.#registry?.readings
    return {
      sluice_http_requests_in_flight: this.#dispatcher.inFlight,
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

/** Tells the log and the metrics of every request. */
class RequestObserver implements Observer<Services> {
  readonly #log: Logger
  readonly #metrics: Metrics
  readonly #logsRequests: boolean
  readonly #logsErrors: boolean
  readonly #isDebug: boolean

  constructor(config: Config, log: Logger, metrics: Metrics) {
    this.#log = log
    this.#metrics = metrics
    this.#logsRequests = config['sluice.log.requests']
    this.#logsErrors = config['use.custom.request.logging']
    this.#isDebug = config['debug']
  }

  onOver(exchange: Exchange<Services>, aborted: boolean): void {
    const operation = exchange.route?.operationId ?? 'none'
    const ms = performance.now() - exchange.startedAt
    if (aborted) this.#metrics.observeAborted(operation)
    else this.#metrics.observe(operation, exchange.status, exchange.errorCode, ms / 1000)
    if (!this.#logsRequests) return
    this.#log.info(
      {
        requestId: exchange.id,
        method: exchange.method,
        path: exchange.path,
        status: exchange.status,
        ...(this.#logsErrors ? errorsOf(exchange) : {}),
        ...(aborted ? { aborted } : {}),
        bytes: exchange.bytes,
        ms: Math.round(ms * 1000) / 1000,
      },
      'request',
    )
  }

  onDefect(exchange: Exchange<Services>, error: unknown): RestError {
    this.#log.error({ err: error, requestId: exchange.id, path: exchange.path }, 'request failed')
    if (!this.#isDebug) return new RestError('INTERNAL')
    return new RestError('INTERNAL', `Internal Server Error: ${(error as Error).stack ?? error}`)
  }
}

function errorsOf({ errorCode, logged }: Exchange<Services>): Record<string, number> {
  return { ...(errorCode === 0 ? {} : { errorCode }), ...logged }
}

function configureEngine(config: Config): void {
  const cores = availableParallelism()
  const threads = config['consumer.threads']
  // They never wait, so that more of them than cores would only get in each other's way.
  const consumerThreads = threads > 0 ? Math.min(threads, cores) : cores
  const parseThreads = config['sluice.produce.threads'] || Math.max(1, Math.floor(cores / 2))
  native.configure(
    config['sluice.request.arriving.max.bytes'],
    config['sluice.produce.inflight.max.bytes'],
    config['sluice.consume.buffered.max.bytes'],
    consumerThreads,
    parseThreads,
    config['sluice.consumer.instances.max'],
    config['sluice.schema.max.bytes'],
  )
  const errors = recordErrors()
  native.setErrorTable(
    Int32Array.from(errors, ([code]) => code),
    Int32Array.from(errors, ([, restCode]) => restCode),
    errors.map(([, , text]) => text),
  )
}

/** Waits for `work`, but not longer. */
async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, timeoutMs)
  })
  await Promise.race([work, timeout])
  clearTimeout(timer)
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
