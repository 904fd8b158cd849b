/**
 * A request that writes records of the v3 API for as long as it lasts. The engine parses its body piece by piece, and
 * renders the answers. Formats with schemas are encoded by the receiver.
 */
import { mailbox, native } from './native.ts'

/** The settings of a stream. */
export interface StreamOptions {
  readonly topic: string
  /** The cluster id that answers name. */
  readonly clusterId: string
  /** Whether each answer has the framing of a chunk of HTTP/1.1. */
  readonly isChunked: boolean
  /** The largest text of a record, in bytes. */
  readonly maxRecordBytes: number
  /** Headers of records that have no header `traceparent` (W3C Trace Context). */
  readonly trace?: { readonly traceparent: string; readonly tracestate: string } | undefined
}

/** Receives the messages of a stream. */
export interface StreamReceiver {
  /** Takes `count` answers. `chunks` is valid during the call. */
  onAnswers(chunks: Uint8Array, count: number): void
  /**
   * Records wait for their payloads. `route` is the same for the same schemas. The receiver calls finishEncoding() or
   * refuseEncoding(), whatever happens.
   */
  onTexts(route: number): void
  /**
   * Called once, at last. `line` is an answer without a record, or empty; `code` that of the error in it, or 0. It may
   * be kept.
   */
  onFinished(line: string, code: number): void
}

/** The body of a batch, as its request has it. */
export interface BatchBody {
  readonly bytes: ArrayBuffer
  readonly maxEntries: number
}

/** The response to a batch, and the number of its entries that were not written. */
export interface BatchResult {
  readonly json: string | Uint8Array
  readonly failed: number
}

/** A stream of the engine. */
export type RecordStream = InstanceType<typeof native.Stream>

/** What the caller of push() and taken() does next. */
export const FLOW = { continue: 0, pause: 1, end: 2 } as const

const NO_BATCH = 0

/** The kinds of parts in produce_stream.h. */
const ANSWERS = 0

/** Opens a stream of a producer. */
export function openRecordStream(
  producer: InstanceType<typeof native.Producer>,
  { topic, clusterId, isChunked, maxRecordBytes, trace }: StreamOptions,
  receiver: StreamReceiver,
): RecordStream {
  const ticket = mailbox.open({
    onPart(kind, text, count) {
      if (kind === ANSWERS) receiver.onAnswers(text, count)
      else receiver.onTexts(routeOf(text))
    },
    onReply: ({ text, code }) => receiver.onFinished(Buffer.from(text).toString(), code),
    onError(error) {
      throw error // The engine ends streams with replies.
    },
  })
  try {
    const headers = headersOf(trace)
    return new native.Stream(
      producer,
      topic,
      clusterId,
      isChunked,
      maxRecordBytes,
      NO_BATCH,
      ticket,
      ...headers,
    )
  } catch (error) {
    mailbox.close(ticket)
    throw error
  }
}

/**
 * Produces the entries of a batch. `onTexts` is that of a StreamReceiver. Resolves when all have their outcome. Rejects with
 * the error of a batch that is refused as a whole; no record is written then.
 */
export function produceRecordBatch(
  producer: InstanceType<typeof native.Producer>,
  { topic, clusterId, trace }: Pick<StreamOptions, 'topic' | 'clusterId' | 'trace'>,
  { bytes, maxEntries }: BatchBody,
  onTexts: (stream: RecordStream, route: number) => void,
): Promise<BatchResult> {
  return new Promise((resolve, reject) => {
    const ticket = mailbox.open({
      onPart: (_kind, text) => onTexts(stream, routeOf(text)),
      onReply: ({ text, count }) => resolve({ json: text, failed: count }),
      onError: reject,
    })
    const stream = new native.Stream(
      producer,
      topic,
      clusterId,
      false,
      0,
      maxEntries,
      ticket,
      ...headersOf(trace),
    )
    stream.pushBatch(bytes)
  })
}

function routeOf(text: Uint8Array): number {
  return Number(Buffer.from(text).toString())
}

function headersOf(trace: StreamOptions['trace']): [string, string] | [] {
  return trace ? [trace.traceparent, trace.tracestate] : []
}
