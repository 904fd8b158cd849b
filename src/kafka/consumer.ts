/** A consumer instance: its commands and its reads. The engine executes them. */
import type { RestError } from '../errors.ts'
import { call, callForJson, mailbox, native, type Reply, type Waiter } from './native.ts'

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A position in a partition. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: number
}

/** A committed offset of a group, which is the offset of the next record. */
export interface CommittedOffset extends PartitionOffset {
  readonly metadata: string
}

/** A time that stands for the first record with this or a later timestamp. */
export interface PartitionTimestamp extends TopicPartition {
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** A subscription to the topics that a pattern matches. */
export interface PatternSubscription {
  readonly version: number
  readonly pattern: string
}

/** The limits of one read (docs/conformance.md#9.1). */
export interface ReadLimits {
  readonly timeoutMs: number
  /** Exclusive limit for the bytes of keys and values. */
  readonly maxBytes: number
  /** The read ends early when it has more bytes. Negative: it never does. */
  readonly minBytes: number
  readonly headers: boolean
  readonly timestamp: boolean
}

/** Receives the response of a read. */
export interface ReadSink {
  /**
   * Takes a piece, in which `records` records begin. The sink calls `taken` when the memory of the piece is free and the
   * next piece may follow. `chunk` is the piece's chunk in the engine.
   */
  send(bytes: Uint8Array, taken: () => void, records?: number, chunk?: number): void
  /** Takes the last piece, which has no chunk if there is no record. The sink calls `taken` when the client's socket has all of it. */
  finish(bytes: Uint8Array, taken: () => void, records?: number, chunk?: number): void
  /** Ends the response with an error. Pieces may have been sent before. */
  fail(error: RestError): void
}

/** A running read. */
export interface OpenRead {
  /**
   * Ends the read because the client has left. The position returns to the first record of this response. The memory
   * of all pieces is free.
   */
  abandon(): void
  /**
   * Ends the read because the response is complete and the client's socket has all of it. The next read begins at the
   * offsets `next`, which follow the last record of each partition. The memory of all pieces is free.
   */
  endAt(next: readonly PartitionOffset[]): void
}

/** Offsets of seeks to the ends of a partition. */
export const BEGINNING = -2
export const END = -1

const EMPTY_RESPONSE = Buffer.from('[]')

/** A consumer instance, by its id in the engine. All rejections are RestErrors. */
export class Consumer {
  readonly id: number

  constructor(id: number) {
    this.id = id
  }

  /** Replaces the subscription. */
  subscribe(topics: readonly string[]): Promise<Reply> {
    return call((ticket) => native.subscribe(this.id, [...topics], ticket))
  }

  /** Returns the version of a subscription to a pattern that is about to be made. Later changes have later versions. */
  reserveSubscription(): number {
    return native.reserveSubscription(this.id)
  }

  /**
   * Replaces the subscription by the topics that match a pattern. A subscription with an older version than the
   * instance's has no effect.
   */
  subscribePattern(
    { version, pattern }: PatternSubscription,
    topics: readonly string[],
  ): Promise<Reply> {
    return call((ticket) => native.subscribePattern(this.id, version, pattern, [...topics], ticket))
  }

  unsubscribe(): Promise<Reply> {
    return call((ticket) => native.unsubscribe(this.id, ticket))
  }

  subscription(): Promise<string[]> {
    return callForJson((ticket) => native.subscription(this.id, ticket))
  }

  assign(partitions: readonly TopicPartition[]): Promise<Reply> {
    const { topics, numbers } = columns(partitions)
    return call((ticket) => native.assign(this.id, topics, numbers, ticket))
  }

  async assignment(): Promise<TopicPartition[]> {
    const rows = await callForJson<[string, number][]>((ticket) =>
      native.assignment(this.id, ticket),
    )
    return rows.map(([topic, partition]) => ({ topic, partition }))
  }

  /** Moves to the offsets, then to the first records at or after the timestamps. */
  seek(
    offsets: readonly PartitionOffset[],
    timestamps: readonly PartitionTimestamp[] = [],
  ): Promise<Reply> {
    const { topics, numbers } = columns([...offsets, ...timestamps])
    const positions = Float64Array.from([
      ...offsets.map((each) => each.offset),
      ...timestamps.map((each) => each.timestamp),
    ])
    return call((ticket) =>
      native.seek(this.id, topics, numbers, positions, offsets.length, ticket),
    )
  }

  /** Moves all assigned partitions to BEGINNING or END. */
  seekAll(offset: number): Promise<Reply> {
    return call((ticket) => native.seekAll(this.id, offset, ticket))
  }

  /**
   * Commits offsets unchanged. The last entry of a partition counts. Without offsets it commits the positions after the
   * delivered records.
   */
  commit(offsets?: readonly CommittedOffset[]): Promise<Reply> {
    if (!offsets) return call((ticket) => native.commitDelivered(this.id, ticket))
    const last = lastOfEach(offsets)
    const { topics, numbers } = columns(last)
    const positions = Float64Array.from(last, (each) => each.offset)
    const metadata = last.map((each) => each.metadata)
    return call((ticket) => native.commit(this.id, topics, numbers, positions, metadata, ticket))
  }

  /** Returns the committed offsets. Partitions without one are omitted. */
  async committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    // librdkafka refuses empty lists.
    if (partitions.length === 0) return []
    const { topics, numbers } = columns(lastOfEach(partitions))
    const rows = await callForJson<[string, number, number, string][]>((ticket) =>
      native.committed(this.id, topics, numbers, ticket),
    )
    return rows.map(([topic, partition, offset, metadata]) => ({
      topic,
      partition,
      offset,
      metadata,
    }))
  }

  /**
   * Starts a read. The sink receives its response, a JSON array, piece by piece. The response of an instance with schemas
   * has frames in the place of records; serde/records/frames.ts reads them.
   */
  read(limits: ReadLimits, sink: ReadSink): OpenRead {
    return new Read(this.id, limits, sink)
  }

  /** Ends the waits of all reads for records: they end with the records that there are. */
  hastenReads(): Promise<Reply> {
    return call((ticket) => native.hastenReads(this.id, ticket))
  }

  /** Leaves the group. With auto-commit it commits the delivered records before. */
  close(): Promise<Reply> {
    return call((ticket) => native.closeConsumer(this.id, ticket))
  }
}

/**
 * A read holds its ticket until its last message, which is a reply or an error. After an early end the engine may still
 * post chunks that it rendered before.
 */
class Read implements Waiter, OpenRead {
  readonly #consumer: number
  readonly #ticket: number
  readonly #sink: ReadSink
  /** The chunks that the sink holds: at most two. */
  readonly #lent = new Set<number>()
  #hasChunks = false
  #isOver = false

  constructor(consumer: number, limits: ReadLimits, sink: ReadSink) {
    this.#consumer = consumer
    this.#sink = sink
    this.#ticket = mailbox.open(this)
    native.startRead(
      consumer,
      limits.timeoutMs,
      limits.maxBytes,
      limits.minBytes,
      limits.headers,
      limits.timestamp,
      this.#ticket,
    )
  }

  onReply(): void {
    if (!this.#isOver && !this.#hasChunks) this.#sink.finish(EMPTY_RESPONSE, () => {}, 0)
    this.#isOver = true
  }

  onError(error: RestError): void {
    if (!this.#isOver) this.#sink.fail(error)
    this.#isOver = true
  }

  onChunk(chunk: number, memory: Uint8Array, last: boolean, records: number): void {
    this.#hasChunks = true
    this.#lent.add(chunk)
    if (this.#isOver) {
      this.#giveBack(chunk)
    } else if (last) {
      const taken = () => {
        this.#giveBack(chunk)
        this.#end(true)
      }
      this.#sink.finish(memory, taken, records, chunk)
    } else {
      this.#sink.send(memory, () => this.#giveBack(chunk), records, chunk)
    }
  }

  /** The sink drops its pieces and does not call their `taken`. */
  abandon(): void {
    this.#end(false)
    this.#giveAllBack()
  }

  endAt(next: readonly PartitionOffset[]): void {
    if (!this.#isOver) {
      this.#isOver = true
      const { topics, numbers } = columns(next)
      const offsets = Float64Array.from(next, ({ offset }) => offset)
      native.endReadAt(this.#consumer, this.#ticket, topics, numbers, offsets)
    }
    // After endReadAt(): with free chunks the read would continue.
    this.#giveAllBack()
  }

  #giveAllBack(): void {
    for (const chunk of this.#lent) this.#giveBack(chunk)
  }

  #giveBack(chunk: number): void {
    if (!this.#lent.delete(chunk)) return
    native.chunkWritten(this.#consumer, this.#ticket, chunk)
  }

  #end(delivered: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    native.endRead(this.#consumer, this.#ticket, delivered)
  }
}

/** Keeps the last entry of each partition: librdkafka refuses lists with duplicates. */
function lastOfEach<T extends TopicPartition>(entries: readonly T[]): T[] {
  return [...new Map(entries.map((each) => [`${each.partition} ${each.topic}`, each])).values()]
}

/** Converts a list to the engine's form: an array for each field. */
function columns(partitions: readonly TopicPartition[]): {
  topics: string[]
  numbers: Int32Array
} {
  return {
    topics: partitions.map((each) => each.topic),
    numbers: Int32Array.from(partitions, (each) => each.partition),
  }
}
