/** One consumer instance: commands for the engine, and reads. */
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

/** An offset as Kafka stores it for a group: that of the next record. */
export interface CommittedOffset extends PartitionOffset {
  readonly metadata: string
}

/** A time to find a position by. */
export interface PartitionTimestamp extends TopicPartition {
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** The limits of one read (docs/conformance.md#9.1). */
export interface ReadLimits {
  readonly timeoutMs: number
  /** Of keys and values; exclusive. */
  readonly maxBytes: number
  /** The read ends when it has more; negative: never. */
  readonly minBytes: number
  readonly headers: boolean
  readonly timestamp: boolean
}

/** Where the response of a read goes. */
export interface ReadSink {
  /** A piece. `taken` is to be called when its memory is free and another may come. */
  send(bytes: Uint8Array, taken: () => void): void
  /** The last piece. `taken` is to be called when the client's socket has all of it. */
  finish(bytes: Uint8Array, taken: () => void): void
  /** Nothing more will come; perhaps something was sent already. */
  fail(error: RestError): void
}

/** A read that runs. */
export interface OpenRead {
  /**
   * The client is gone: the position goes back to the first record of this response, and pieces
   * that were not taken are free.
   */
  abandon(): void
  /**
   * The response has an end of its own, before that of the read, and the client's socket has all of
   * it. `next` are the offsets after its last record of each partition: the next read goes on there.
   * Pieces that were not taken are free.
   */
  endAt(next: readonly PartitionOffset[]): void
}

/** Offsets that stand for the ends of a partition, to seek to. */
export const BEGINNING = -2
export const END = -1

const EMPTY_RESPONSE = Buffer.from('[]')

/** Rejections are RestErrors. */
export class Consumer {
  readonly id: number

  constructor(id: number) {
    this.id = id
  }

  /** Replaces the subscription. `byPattern`: these are what a pattern matched so far. */
  subscribe(topics: readonly string[], byPattern = false): Promise<Reply> {
    return call((ticket) => native.subscribe(this.id, [...topics], byPattern, ticket))
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
   * Commits these offsets as they are, of a partition that comes twice the last one; without any,
   * the positions after delivered records.
   */
  commit(offsets?: readonly CommittedOffset[]): Promise<Reply> {
    if (!offsets) return call((ticket) => native.commitDelivered(this.id, ticket))
    const last = lastOfEach(offsets)
    const { topics, numbers } = columns(last)
    const positions = Float64Array.from(last, (each) => each.offset)
    const metadata = last.map((each) => each.metadata)
    return call((ticket) => native.commit(this.id, topics, numbers, positions, metadata, ticket))
  }

  /** Of those partitions that have a committed offset. */
  async committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    // librdkafka takes no empty list.
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
   * Starts a read. Its response, a JSON array, goes to `sink` as it comes; that of an instance with
   * schemas has frames in the place of records, which are for serde/records/frames.ts.
   */
  read(limits: ReadLimits, sink: ReadSink): OpenRead {
    return new Read(this.id, limits, sink)
  }

  /** Leaves the group, committing what was delivered if auto-commit is on. */
  close(): Promise<Reply> {
    return call((ticket) => native.closeConsumer(this.id, ticket))
  }
}

/**
 * The ticket is the read's until its last message: a reply or an error. Until then chunks may come
 * that were rendered before the engine heard that nobody wants them.
 */
class Read implements Waiter, OpenRead {
  readonly #consumer: number
  readonly #ticket: number
  readonly #sink: ReadSink
  /** Those that the sink has: two at the most. */
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
    if (!this.#isOver && !this.#hasChunks) this.#sink.finish(EMPTY_RESPONSE, () => {})
    this.#isOver = true
  }

  onError(error: RestError): void {
    if (!this.#isOver) this.#sink.fail(error)
    this.#isOver = true
  }

  onChunk(chunk: number, memory: Uint8Array, last: boolean): void {
    this.#hasChunks = true
    this.#lent.add(chunk)
    if (this.#isOver) {
      this.#giveBack(chunk)
    } else if (last) {
      this.#sink.finish(memory, () => {
        this.#giveBack(chunk)
        this.#end(true)
      })
    } else {
      this.#sink.send(memory, () => this.#giveBack(chunk))
    }
  }

  /** What was not sent yet will not be: the sink forgets its pieces without a word. */
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
    // Not before: the read would go on with them.
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

/** Each partition once, with its last entry: librdkafka takes no list that names one twice. */
function lastOfEach<T extends TopicPartition>(entries: readonly T[]): T[] {
  return [...new Map(entries.map((each) => [`${each.partition} ${each.topic}`, each])).values()]
}

/** What crosses to the engine: an array for each field. */
function columns(partitions: readonly TopicPartition[]): {
  topics: string[]
  numbers: Int32Array
} {
  return {
    topics: partitions.map((each) => each.topic),
    numbers: Int32Array.from(partitions, (each) => each.partition),
  }
}
