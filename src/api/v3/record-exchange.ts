/**
 * A request for `POST …/records`: records come and their answers go, each at its own pace. The client is not read from
 * while the engine has as many records and answers of it as one stream may have.
 */
import { ERRORS, RestError } from '../../errors.ts'
import type { BodyReader, BodyStream } from '../../http/body.ts'
import type { ResponseStream } from '../../http/response-stream.ts'
import type { Producer } from '../../kafka/producer.ts'
import {
  FLOW,
  type RecordStream,
  type StreamOptions,
  type StreamReceiver,
} from '../../kafka/record-stream.ts'
import type { SchemaWork } from '../../serde-workers/schema-work.ts'
import type { Recheck } from '../recheck.ts'
import { encodeWaiting } from './encoding.ts'
import type { OpenStream, OpenStreams } from './open-streams.ts'

/** The settings of streams. */
export interface StreamLimits {
  /** The largest text of a record, in bytes. */
  readonly maxRecordBytes: number
  /** `api.v3.produce.batch.maximum.entries`. */
  readonly maxEntries: number
  /** `streaming.connection.max.duration.ms`. */
  readonly maxDurationMs: number
  /** `streaming.connection.max.duration.grace.period.ms`. */
  readonly graceMs: number
  /** A stop leaves younger streams time to get as old: most are requests of a few records, whose bodies are on their way. */
  readonly sparedMs: number
}

/** The target of the records. */
export interface StreamTarget {
  readonly producer: Producer
  /** Undefined without a schema registry. */
  readonly schemas: SchemaWork | undefined
  readonly topic: string
  readonly clusterId: string
  /** Counts the bytes of the request, and returns the time in ms for which it waits; undefined without a limit. */
  readonly meter?: (() => number) | undefined
  /** Looks at the client again; undefined if nothing may change for it. */
  readonly recheck?: Recheck | undefined
  /** The trace of the request; undefined without one. */
  readonly trace?: StreamOptions['trace']
}

/** The answer to records that arrive when the stream is too old. */
const TOO_OLD = 'Streaming connection open for longer than allowed: Connection will be closed.'

const STOPPING =
  'The server is stopping. The records without an answer were not written; send them again.'

const NO_ERROR = 0

/** The time between two looks at the client, whose login may end or be withdrawn during a stream. */
const RECHECK_MS = 5_000

/** A stream looks at its limits of rates at least so often while it waits. */
const MAX_WAIT_MS = 1000

/** See the top of this file. Owned by its exchange. */
export class RecordExchange implements BodyReader, StreamReceiver, OpenStream {
  readonly #body: BodyStream
  readonly #response: ResponseStream
  readonly #limits: StreamLimits
  readonly #open: OpenStreams
  readonly #schemas: SchemaWork | undefined
  readonly #topic: string
  readonly #meter: (() => number) | undefined
  readonly #stream: RecordStream
  readonly #startedAt = performance.now()
  /** Whether the engine has, or will have, no more of the body. */
  #isEnded = false
  /** The engine has enough. */
  #isFull = false
  /** Set while the bytes are above a limit of rates. */
  #wait: NodeJS.Timeout | undefined
  #grace: NodeJS.Timeout | undefined
  #recheck: NodeJS.Timeout | undefined
  #stop: NodeJS.Timeout | undefined

  constructor(
    body: BodyStream,
    response: ResponseStream,
    { producer, schemas, topic, clusterId, trace, meter, recheck }: StreamTarget,
    limits: StreamLimits,
    open: OpenStreams,
  ) {
    this.#body = body
    this.#response = response
    this.#limits = limits
    this.#open = open
    this.#schemas = schemas
    this.#topic = topic
    this.#meter = meter
    const { maxRecordBytes } = limits
    const isChunked = response.takesChunks
    this.#stream = producer.openStream({ topic, clusterId, isChunked, maxRecordBytes, trace }, this)
    response.onAborted = () => this.#leave()
    open.add(this)
    if (recheck) this.#recheckLater(recheck)
    body.read(this)
  }

  onPiece(piece: ArrayBuffer): void {
    if (this.#isEnded) return
    this.#checkAge()
    this.#follow(this.#stream.push(piece))
    if (this.#meter) this.#keepRate(this.#meter)
  }

  onEnd(): void {
    this.#end(() => this.#stream.end())
  }

  onRefused({ code, message }: RestError): void {
    this.#cut(code, message)
  }

  /** The exchange is over, and with it the body. */
  onAborted(): void {
    this.#leave()
  }

  onAnswers(chunks: Uint8Array, count: number): void {
    this.#response.sendBorrowed(chunks, () => this.#follow(this.#stream.taken(count)), count)
  }

  onTexts(route: number): void {
    void encodeWaiting(this.#schemas, this.#topic, this.#stream, route)
  }

  onFinished(line: string): void {
    this.#isEnded = true
    this.#close()
    this.#response.finish(Buffer.from(line), () => {})
  }

  stop(): void {
    const cut = () => this.#cut(ERRORS.STOPPING[0], STOPPING)
    const sparedMs = this.#startedAt + this.#limits.sparedMs - performance.now()
    if (sparedMs > 0) this.#stop = setTimeout(cut, sparedMs)
    else cut()
  }

  #follow(flow: number): void {
    if (flow === FLOW.end) this.#isEnded = true
    this.#isFull = flow !== FLOW.continue
    this.#setFlow()
  }

  #keepRate(meter: () => number): void {
    const waitMs = meter()
    if (waitMs <= 0 || this.#wait) return
    this.#wait = setTimeout(
      () => {
        this.#wait = undefined
        this.#keepRate(meter)
        this.#setFlow()
      },
      Math.min(waitMs, MAX_WAIT_MS),
    )
    this.#setFlow()
  }

  /** Whether the connection is read from. Both functions of the body have no effect if nothing changes. */
  #setFlow(): void {
    if (this.#isFull || this.#wait || this.#isEnded) this.#body.pause()
    else this.#body.resume()
  }

  #checkAge(): void {
    const { maxDurationMs, graceMs } = this.#limits
    if (this.#grace || performance.now() - this.#startedAt <= maxDurationMs) return
    this.#stream.expire(ERRORS.REQUEST_TIMEOUT[0], TOO_OLD)
    this.#grace = setTimeout(() => this.#cut(NO_ERROR, ''), graceMs)
  }

  /** Ends the stream of a client that would be refused now. */
  #recheckLater(recheck: Recheck): void {
    this.#recheck = setTimeout(() => {
      recheck().then(
        () => {
          if (!this.#isEnded) this.#recheckLater(recheck)
        },
        (error: unknown) => {
          const { code, message } = error instanceof RestError ? error : new RestError('INTERNAL')
          this.#cut(code, message)
        },
      )
    }, RECHECK_MS)
  }

  /** Ends the stream before its body has ended. What the client still sends is not read. */
  #cut(code: number, message: string): void {
    this.#end(() => this.#stream.endWith(code, message))
    this.#body.pause()
  }

  #end(tell: () => void): void {
    if (this.#isEnded) return
    this.#isEnded = true
    tell()
  }

  /** The client has left. */
  #leave(): void {
    this.#isEnded = true
    this.#close()
    this.#stream.abandon()
  }

  #close(): void {
    clearTimeout(this.#grace)
    clearTimeout(this.#wait)
    clearTimeout(this.#recheck)
    clearTimeout(this.#stop)
    this.#open.delete(this)
  }
}
