/** Every metric: name, type, help text. Modules report values to this one; `/metrics` renders them. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { ERRORS } from './errors.ts'
import { type HistogramReading, type Sample, samplesOf, sumOf } from './histogram.ts'
import type { LoopCounters, OperationCounters } from './loop-counters.ts'

/** A metric's declaration. `docs/metrics.md` derives from it. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels?: readonly string[]
}

/** All metrics, except those of Node.js (`process_…`, `nodejs_…`). */
export const METRICS = {
  sluice_build_info: {
    type: 'gauge',
    help: 'Always 1. The labels name the running versions and the patches of the loaded librdkafka.',
    labels: ['version', 'node', 'librdkafka', 'patches'],
  },
  sluice_http_connections: {
    type: 'gauge',
    help: 'Open connections of clients, by event loop.',
    labels: ['loop'],
  },
  sluice_http_connections_refused_total: {
    type: 'counter',
    help: 'Connections closed at once because of sluice.connections.per.address.max.',
  },
  sluice_http_accept_pauses_total: {
    type: 'counter',
    help:
      'Pauses in which a listener accepts no connections, at a limit of connections or of ' +
      'descriptors. The log names the limit.',
  },
  sluice_http_read_bytes_total: {
    type: 'counter',
    help: 'Bytes read from the connections of a listener, with those of TLS. Only with network.traffic.rate.limit.enable.',
    labels: ['listener'],
  },
  sluice_http_read_pauses_total: {
    type: 'counter',
    help:
      'Times that a connection of a listener waited for its turn to be read, because of ' +
      'network.traffic.rate.limit.bytes.per.sec.',
    labels: ['listener'],
  },
  sluice_http_requests_total: {
    type: 'counter',
    help: 'Requests answered, by operation and status.',
    labels: ['operation', 'status'],
  },
  sluice_http_request_duration_seconds: {
    type: 'histogram',
    help: 'Time from the head of a request to the end of its response, by operation.',
    labels: ['operation'],
  },
  sluice_http_requests_aborted_total: {
    type: 'counter',
    help: 'Requests whose client left before the response was complete, by operation.',
    labels: ['operation'],
  },
  sluice_http_requests_in_flight: {
    type: 'gauge',
    help: 'Requests in progress, including waiting reads.',
  },
  sluice_http_arriving_bytes: {
    type: 'gauge',
    help: 'Bytes of incomplete request bodies that arrive in several pieces.',
  },
  sluice_http_arriving_bytes_max: {
    type: 'gauge',
    help: 'Limit of sluice_http_arriving_bytes: sluice.request.arriving.max.bytes.',
  },
  sluice_http_errors_total: {
    type: 'counter',
    help:
      'Error responses, by error code, and by the name of the error in docs/errors.md: several errors may have a code. ' +
      'RATE_LIMITED is a limit of sluice.limits or rate.limit.…, TOO_MANY_REQUESTS one of memory.',
    labels: ['error_code', 'error'],
  },
  sluice_log_omitted_lines_total: {
    type: 'counter',
    help:
      'Lines left out of the request log (requests) or the audit log (audit): they came faster than they were written, or ' +
      'exceeded sluice.audit.log.max.per.second.',
    labels: ['log'],
  },
  sluice_event_loop_delay_seconds: {
    type: 'histogram',
    help: 'Delay of a timer of an event loop, sampled every 20 ms, by event loop.',
    labels: ['loop'],
  },
  sluice_produce_inflight_bytes: {
    type: 'gauge',
    help: 'Memory for accepted records without an acknowledgement.',
  },
  sluice_produce_inflight_bytes_max: {
    type: 'gauge',
    help: 'Limit of sluice_produce_inflight_bytes: sluice.produce.inflight.max.bytes.',
  },
  sluice_produce_inflight_records: {
    type: 'gauge',
    help: 'Records handed to librdkafka, without an acknowledgement.',
  },
  sluice_produce_records_total: { type: 'counter', help: 'Records acknowledged by Kafka.' },
  sluice_produce_bytes_total: {
    type: 'counter',
    help: 'Bytes of keys and values acknowledged by Kafka.',
  },
  sluice_produce_failed_records_total: {
    type: 'counter',
    help: 'Records refused or timed out, by error code.',
    labels: ['error_code'],
  },
  sluice_produce_streams: {
    type: 'gauge',
    help: 'Streams of records of the v3 API: with a client, or with records without an acknowledgement.',
  },
  sluice_produce_streamed_records_total: {
    type: 'counter',
    help: 'Records of streams and batches of the v3 API, without those above its limits of rates.',
  },
  sluice_produce_rate_limited_records_total: {
    type: 'counter',
    help: 'Records of streams and batches of the v3 API that were refused by api.v3.produce.rate.limit.',
  },
  sluice_produce_unanswered_records_total: {
    type: 'counter',
    help: 'Records of streams whose client left before their answer. Some of them were written.',
  },
  sluice_produce_streamed_record_seconds: {
    type: 'histogram',
    help: 'Time from the parsing of a record of a stream or batch of the v3 API to its answer.',
  },
  sluice_consume_buffered_bytes: {
    type: 'gauge',
    help: 'Memory for rendered responses to reads that are not yet sent.',
  },
  sluice_consume_buffered_bytes_max: {
    type: 'gauge',
    help: 'Limit of sluice_consume_buffered_bytes: sluice.consume.buffered.max.bytes.',
  },
  sluice_consume_prefetched_bytes: {
    type: 'gauge',
    help: 'Bytes fetched ahead for all consumer instances, at most ten seconds old.',
  },
  sluice_consume_records_total: { type: 'counter', help: 'Records written to responses.' },
  sluice_consume_bytes_total: {
    type: 'counter',
    help: 'Bytes of keys and values written to responses.',
  },
  sluice_consume_reads: {
    type: 'gauge',
    help: 'Reads that run or wait for another read of their instance.',
  },
  sluice_consume_reads_returned_total: {
    type: 'counter',
    help: 'Reads whose client closed the connection. Their records are delivered again.',
  },
  sluice_consume_first_bytes_seconds: {
    type: 'histogram',
    help:
      'Time from the arrival of a read, or of the records that it waited for, to its first bytes. ' +
      'Reads without records are not counted.',
  },
  sluice_consume_work_seconds: {
    type: 'histogram',
    help: 'Time that consumer threads spent on the records of a read. Waits are not included.',
  },
  sluice_consumer_lag_records: {
    type: 'gauge',
    help:
      'Records between the position of a consumer instance and the end of a partition, at most ten ' +
      'seconds old. Requires sluice.metrics.consumer.lag.partitions.max.',
    labels: ['group', 'instance', 'topic', 'partition'],
  },
  sluice_consumer_lag_omitted_partitions: {
    type: 'gauge',
    help: 'Partitions whose lag is omitted, above sluice.metrics.consumer.lag.partitions.max.',
  },
  sluice_kafka_identity_clients: {
    type: 'gauge',
    help: 'Kafka clients of principals that are open or being closed, without those of consumer instances.',
  },
  sluice_kafka_identity_clients_max: {
    type: 'gauge',
    help: 'Limit of sluice_kafka_identity_clients: sluice.kafka.identity.clients.max.',
  },
  sluice_kafka_identity_clients_opened_total: {
    type: 'counter',
    help: 'Kafka clients of principals that were opened.',
  },
  sluice_kafka_identity_clients_evicted_total: {
    type: 'counter',
    help: 'Kafka clients of principals that were closed because they were idle.',
  },
  sluice_kafka_identity_clients_refused_total: {
    type: 'counter',
    help: 'Attempts to open a Kafka client of a principal beyond sluice.kafka.identity.clients.max.',
  },
  sluice_kafka_identity_credentials_refused_total: {
    type: 'counter',
    help: 'Kafka clients of principals that were closed because Kafka refuses their credentials.',
  },
  sluice_kafka_broker_producers: {
    type: 'gauge',
    help:
      'Producers by the state of their connection to a broker (up, connecting, down), at most ten seconds old. A producer connects to a ' +
      'broker with the first need. Requires sluice.metrics.brokers.max, as the other metrics of brokers.',
    labels: ['broker', 'state'],
  },
  sluice_kafka_broker_queued_requests: {
    type: 'gauge',
    help: 'Requests of producers to a broker that are not sent yet.',
    labels: ['broker'],
  },
  sluice_kafka_broker_waiting_requests: {
    type: 'gauge',
    help: 'Requests of producers that a broker has not answered yet.',
    labels: ['broker'],
  },
  sluice_kafka_broker_rtt_seconds: {
    type: 'gauge',
    help:
      'Time from a request of a producer to the answer of a broker in the last ten seconds: mean and 99th percentile, of the producer for ' +
      'which it is longest.',
    labels: ['broker', 'statistic'],
  },
  sluice_kafka_broker_throttle_seconds: {
    type: 'gauge',
    help: 'Longest time for which a broker throttled a producer in the last ten seconds.',
    labels: ['broker'],
  },
  sluice_kafka_brokers_omitted: {
    type: 'gauge',
    help: 'Brokers whose metrics are omitted, above sluice.metrics.brokers.max.',
  },
  sluice_kafka_produce_throttled_total: {
    type: 'counter',
    help: 'Answers with which a broker throttled a producer, by a quota of Kafka.',
  },
  sluice_kafka_produce_throttle_seconds_total: {
    type: 'counter',
    help: 'Time for which brokers throttled producers. Requests get it as X-Throttle-Time-Ms.',
  },
  sluice_consumer_instances: { type: 'gauge', help: 'Consumer instances of this process.' },
  sluice_consumer_instances_expired_total: {
    type: 'counter',
    help: 'Consumer instances deleted after consumer.instance.timeout.ms without a request.',
  },
  sluice_cluster_partitions: {
    type: 'gauge',
    help: 'Partitions of the topic of descriptions whose consumer instances this process owns.',
  },
  sluice_cluster_descriptions: {
    type: 'gauge',
    help: 'Consumer instances that this process owns, with a consumer or without.',
  },
  sluice_cluster_waiting_instances: {
    type: 'gauge',
    help: 'Those without a consumer: they have moved here, and wait for the next request of their clients.',
  },
  sluice_cluster_members: {
    type: 'gauge',
    help: 'Processes of the cluster that own consumer instances, as the group last told.',
  },
  sluice_cluster_reachable: {
    type: 'gauge',
    help: "1 while the coordinator of the cluster's group answers; 0: the last known owners count.",
  },
  sluice_tls_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'End of the certificate of an https listener, in seconds since the epoch.',
    labels: ['listener'],
  },
  sluice_access_rules_reloads_total: {
    type: 'counter',
    help: 'Times that the file of sluice.access.rules was read again, by result. A failure keeps the old rules.',
    labels: ['result'],
  },
  sluice_tls_reloads_total: {
    type: 'counter',
    help: 'Repeated readings of the stores of https listeners. After a failure the old ones stay in use.',
    labels: ['result'],
  },
  sluice_authentication_checks_total: {
    type: 'counter',
    help:
      'Credentials that were checked, by method and result: accepted, refused, slowed (not checked after too many ' +
      'failures), unavailable. Requests whose credentials an event loop remembers are not counted.',
    labels: ['method', 'result'],
  },
  sluice_authentication_reloads_total: {
    type: 'counter',
    help: 'Repeated readings of the files of users and keys. After a failure the old ones stay in use.',
    labels: ['result'],
  },
  sluice_schema_registry_requests_total: {
    type: 'counter',
    help: 'Requests to the schema registry, including retries.',
  },
  sluice_schema_registry_failed_requests_total: {
    type: 'counter',
    help: 'Requests to the schema registry that failed: timeouts, 408, 429, 5xx, invalid JSON.',
  },
  sluice_schema_registry_cache_hits_total: {
    type: 'counter',
    help: 'Lookups answered from the cache of the schema registry.',
  },
  sluice_schema_registry_cache_misses_total: {
    type: 'counter',
    help: 'Lookups that needed a request to the schema registry.',
  },
  sluice_schema_registry_stale_answers_total: {
    type: 'counter',
    help: 'Expired answers used while the schema registry was down.',
  },
  sluice_schema_workers: {
    type: 'gauge',
    help: 'Threads for schemas that run. A thread is started by the first record that needs it.',
  },
  sluice_schema_jobs: {
    type: 'gauge',
    help: 'Requests whose records are encoded or decoded by threads for schemas, or wait for them.',
  },
  sluice_schema_workers_ended_total: {
    type: 'counter',
    help: 'Threads for schemas that have ended, because work on a schema took too much time or memory.',
  },
  sluice_schema_registry_cached_bytes: {
    type: 'gauge',
    help: 'Memory for cached answers of the schema registry.',
  },
} as const satisfies Record<string, MetricSpec>

export type MetricName = keyof typeof METRICS

/** Metrics with the label `error_code`. Their values are a flat list: code, count, code, count, … */
type CountedByCode = 'sluice_produce_failed_records_total'
/** Metrics with other labels. Their values are samples. */
type Labelled = (typeof LABELLED)[number]
const LABELLED = [
  'sluice_http_read_bytes_total',
  'sluice_http_read_pauses_total',
  'sluice_consumer_lag_records',
  'sluice_tls_certificate_expiry_timestamp_seconds',
  'sluice_tls_reloads_total',
  'sluice_authentication_checks_total',
  'sluice_authentication_reloads_total',
  'sluice_access_rules_reloads_total',
  'sluice_log_omitted_lines_total',
  'sluice_kafka_broker_producers',
  'sluice_kafka_broker_queued_requests',
  'sluice_kafka_broker_waiting_requests',
  'sluice_kafka_broker_rtt_seconds',
  'sluice_kafka_broker_throttle_seconds',
] as const satisfies MetricName[]
/** Histograms of other modules. */
const READ_DURATIONS = [
  'sluice_produce_streamed_record_seconds',
  'sluice_consume_first_bytes_seconds',
  'sluice_consume_work_seconds',
] as const satisfies MetricName[]
type Durations = (typeof READ_DURATIONS)[number]

/** Metrics of the event loops. */
type PerLoop = 'sluice_http_connections' | 'sluice_event_loop_delay_seconds'

type NumberName = Exclude<MetricName, CountedByCode | Labelled | Durations | PerLoop>

/** Values of the metrics that other modules count, at one moment. */
type Values = Partial<Record<NumberName, number>> &
  Partial<Record<CountedByCode, readonly number[]>> &
  Partial<Record<Labelled, readonly Sample[]>> &
  Partial<Record<Durations, HistogramReading>>

/** Reads the values of other modules. Called once per scrape. */
export type Readings = () => Values

/** Labels of `sluice_build_info`. */
export interface BuildInfo {
  readonly version: string
  readonly node: string
  readonly librdkafka: string
  /** Names of the patches that the loaded librdkafka has, separated by commas. */
  readonly patches: string
}

/** The process's metrics. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #loops: readonly LoopCounters[]

  /**
   * `readings` is called once per scrape; `build` has the labels of `sluice_build_info`; `loops` have the same
   * operations.
   */
  constructor(readings: Readings, build: BuildInfo, loops: readonly LoopCounters[]) {
    this.#loops = loops
    let values: Values = {}
    const registers = [this.#registry]
    for (const [name, spec] of Object.entries(METRICS) as [NumberName, MetricSpec][]) {
      if (spec.labels || spec.type === 'histogram') continue // Registered below.
      if (spec.type === 'gauge') {
        new Gauge({
          name,
          help: spec.help,
          registers,
          collect() {
            this.set(values[name] ?? 0)
          },
        })
      } else {
        new Counter({
          name,
          help: spec.help,
          registers,
          collect() {
            this.reset()
            this.inc(values[name] ?? 0)
          },
        })
      }
    }
    this.#register('sluice_build_info', () => [{ labels: { ...build }, value: 1 }])
    const failedRecords = 'sluice_produce_failed_records_total'
    this.#register(failedRecords, () => byCode(values[failedRecords]))
    this.#register('sluice_http_requests_total', () => this.#requests())
    this.#register('sluice_http_request_duration_seconds', () => this.#durations())
    this.#register('sluice_http_requests_aborted_total', () => this.#aborted())
    this.#register('sluice_http_errors_total', () => this.#errorCodes())
    this.#register('sluice_http_connections', () => this.#connections())
    this.#register('sluice_event_loop_delay_seconds', () => this.#delays())
    for (const name of LABELLED) this.#register(name, () => values[name] ?? [])
    for (const name of READ_DURATIONS) {
      this.#register(name, () => {
        const reading = values[name]
        return reading ? samplesOf(name, {}, reading) : []
      })
    }
    collectDefaultMetrics({ register: this.#registry })
    this.render = () => {
      values = { ...this.#sums(), ...readings() }
      return this.#registry.metrics()
    }
  }

  /** Renders the metrics in Prometheus's text format. */
  readonly render: () => Promise<string>

  /** Registers a metric whose values are computed at each scrape. */
  #register(name: MetricName, values: () => readonly Sample[]): void {
    const { type, help } = METRICS[name]
    const metric = {
      name,
      get: async () => ({
        name,
        help,
        type,
        aggregator: 'sum',
        values: values(),
      }),
      reset() {},
    }
    this.#registry.registerMetric(metric as never)
  }

  /** The gauges of all loops together. */
  #sums(): Values {
    const gauges = this.#loops.map((loop) => loop.gauges)
    const sum = (name: 'refused' | 'pauses' | 'inFlight') =>
      gauges.reduce((total, each) => total + each[name], 0)
    return {
      sluice_http_connections_refused_total: sum('refused'),
      sluice_http_accept_pauses_total: sum('pauses'),
      sluice_http_requests_in_flight: sum('inFlight'),
    }
  }

  #connections(): Sample[] {
    return this.#loops.map(({ gauges }, loop) => ({ labels: { loop }, value: gauges.connections }))
  }

  #delays(): Sample[] {
    const name = 'sluice_event_loop_delay_seconds'
    return this.#loops.flatMap(({ delay }, loop) => samplesOf(name, { loop }, delay.read()))
  }

  #requests(): Sample[] {
    return this.#each((operation, counters) =>
      samplesBy(
        counters.map(({ byStatus }) => byStatus),
        (status) => ({ operation, status }),
      ),
    )
  }

  #aborted(): Sample[] {
    return this.#each((operation, counters) => [
      { labels: { operation }, value: counters.reduce((sum, { aborted }) => sum + aborted, 0) },
    ])
  }

  #errorCodes(): Sample[] {
    const errors = this.#loops.map((loop) => loop.errors)
    return samplesBy(errors, (error) => ({ error_code: ERRORS[error][0], error }))
  }

  #durations(): Sample[] {
    const name = 'sluice_http_request_duration_seconds'
    return this.#each((operation, counters) => {
      const durations = sumOf(counters.map((each) => each.durations))
      return samplesOf(name, { operation }, durations)
    })
  }

  /** The samples of each operation that had a request, with its counters in all loops. */
  #each(toSamples: (operation: string, counters: OperationCounters[]) => Sample[]): Sample[] {
    const names = [...(this.#loops[0]?.operations.keys() ?? [])]
    return names.flatMap((name) => {
      const counters = this.#loops.map(
        ({ operations }) => operations.get(name) as OperationCounters,
      )
      return counters.some((each) => each.isUsed) ? toSamples(name, counters) : []
    })
  }
}

/** The sums of counts with the same key. */
function samplesBy<K>(
  all: readonly ReadonlyMap<K, number>[],
  labelsOf: (key: K) => Sample['labels'],
): Sample[] {
  const sums = new Map<K, number>()
  for (const counts of all) {
    for (const [key, count] of counts) sums.set(key, (sums.get(key) ?? 0) + count)
  }
  return [...sums].map(([key, value]) => ({ labels: labelsOf(key), value }))
}

function byCode(counts: readonly number[] = []): Sample[] {
  return counts.flatMap((error_code, index) =>
    index % 2 === 0 ? [{ labels: { error_code }, value: counts[index + 1] as number }] : [],
  )
}
