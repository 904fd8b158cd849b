/** Produces the records of a request with one call of the engine, which replies when all are acknowledged. */
import { bodyRefusal } from './body-refusal.ts'
import {
  call,
  callFor,
  FORMATS,
  type FormatName,
  native,
  type ProduceBody,
  type Reply,
} from './native.ts'
import type { ProduceDraft } from './produce-draft.ts'
import {
  type BatchBody,
  type BatchResult,
  openRecordStream,
  produceRecordBatch,
  type RecordStream,
  type StreamOptions,
  type StreamReceiver,
} from './record-stream.ts'
import type { ClientProperties } from './settings/client-config.ts'

/** The result of a request whose records were all handed to librdkafka. */
export interface ProduceResult {
  /** The response's JSON (docs/conformance.md#6.2). */
  readonly json: string | Uint8Array
  /** 200; 401 or 403 when Kafka refused the proxy's user for a record (docs/conformance.md#6.4-authorization). */
  readonly status: number
  /** The number of records, and of those that were not written. */
  readonly records: number
  readonly failed: number
  /** For how long a broker throttles the client of this producer, in milliseconds; 0 if none does. */
  readonly throttleMs: number
}

/** The headers that continue a trace in records (W3C Trace Context). */
export interface TraceHeaders {
  readonly traceparent: string
  /** Empty without one. */
  readonly tracestate: string
}

/** The record or the partitioner chooses the partition. */
export const ANY_PARTITION = -1

const NO_SCHEMA = -1

/** A producer: that of the process, or that of a principal. Makes no network call before the first record. */
export class Producer {
  readonly #native: InstanceType<typeof native.Producer>

  /** @param isPooled whether its client has one of the places of `sluice.kafka.identity.clients.max` */
  constructor({ properties }: ClientProperties, { isPooled = false } = {}) {
    this.#native = new native.Producer(properties.flat(), isPooled)
  }

  /**
   * Produces the records of a v2 body. Resolves when each has its delivery report. Rejects with the error of an invalid
   * body, and when memory is short; no record is written then.
   *
   * @param trace headers of records that have no header `traceparent`
   */
  produce(
    topic: string,
    partition: number,
    format: FormatName,
    body: ProduceBody,
    trace?: TraceHeaders,
  ): Promise<ProduceResult> {
    return callFor((ticket) => {
      const number = FORMATS[format]
      const code = trace
        ? this.#native.produce(topic, partition, number, body, ticket, ...headersOf(trace))
        : this.#native.produce(topic, partition, number, body, ticket)
      if (code !== 0) throw bodyRefusal(code)
    }, resultOf)
  }

  /**
   * Produces a draft whose records all have payloads, and frees it. `ids` are the schema ids for the response; undefined
   * stands for none.
   *
   * @param trace headers of records that have no header `traceparent`
   */
  produceDraft(
    topic: string,
    partition: number,
    draft: ProduceDraft,
    ids: { readonly key: number | undefined; readonly value: number | undefined },
    trace?: TraceHeaders,
  ): Promise<ProduceResult> {
    const { key = NO_SCHEMA, value = NO_SCHEMA } = ids
    const headers = trace ? headersOf(trace) : []
    return callFor(
      (ticket) =>
        this.#native.produceDraft(topic, partition, draft.native, key, value, ticket, ...headers),
      resultOf,
    )
  }

  /** Opens a stream of records to a topic, which answers to `receiver`. */
  openStream(options: StreamOptions, receiver: StreamReceiver): RecordStream {
    return openRecordStream(this.#native, options, receiver)
  }

  /** See produceRecordBatch(). */
  produceRecords(
    options: Pick<StreamOptions, 'topic' | 'clusterId' | 'trace'>,
    body: BatchBody,
    onTexts: (stream: RecordStream, route: number) => void,
  ): Promise<BatchResult> {
    return produceRecordBatch(this.#native, options, body, onTexts)
  }

  /** Waits up to `timeoutMs` for records in flight. Resolves to the number of lost records. */
  async close(timeoutMs: number): Promise<number> {
    const { count }: Reply = await call((ticket) => this.#native.close(timeoutMs, ticket))
    return count
  }
}

/** Closes the producers of all principals, as `close` does. Resolves to the number of lost records. */
export async function closePooledProducers(timeoutMs: number): Promise<number> {
  const { count } = await call((ticket) => native.closePooledProducers(timeoutMs, ticket))
  return count
}

function headersOf({ traceparent, tracestate }: TraceHeaders): [string, string] {
  return [traceparent, tracestate]
}

function resultOf({ text, code, count, records = 0, throttleMs = 0 }: Reply): ProduceResult {
  return { json: text, status: code, records, failed: count, throttleMs }
}
