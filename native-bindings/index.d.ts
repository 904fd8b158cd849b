/**
 * What JavaScript sees of the native engine. Only src/kafka/native.ts imports it.
 *
 * Calls with a `ticket` are answered through the mailbox of this environment, under that ticket;
 * they do not block. Arguments of a wrong type, length or range are bugs of ours: they throw a
 * TypeError, and so does a call with a ticket before there is a mailbox.
 */

/** Numbers per message in `layout`: ticket, kind, code, count, offset (or chunk), length, records, milliseconds of throttling. */
type Layout = Int32Array

/**
 * Called with `count` messages in `layout`, their texts in `texts`; or with one message whose text
 * is `large`. Both arrays are overwritten by the next call.
 */
type Drain = (count: number, large: ArrayBuffer | undefined) => void

/** Opens the mailbox of this environment. Once. The arrays must never be transferred. */
export function openMailbox(layout: Layout, texts: Uint8Array, drain: Drain): void
/** From now on this environment receives the log lines of the engine, and no other one. */
export function receiveLog(): void
/** Whether waiting answers keep the event loop alive. */
export function keepAlive(keep: boolean): void
/** The limits of the process; see EngineLimits in kafka/engine.h. */
export function configure(
  arrivingBytes: number,
  produceInflightBytes: number,
  consumeBufferedBytes: number,
  consumerThreads: number,
  parseThreads: number,
  maxConsumers: number,
  maxSchemaBytes: number,
  maxLagPartitions: number,
  maxPooledClients: number,
  pooledIdleMs: number,
  maxBrokers: number,
): void
/** The engine's gauges, and its counters since the start. Bytes and records are whole numbers. */
export interface Gauges {
  /** Bodies that arrive in pieces, and their limit. */
  readonly arrivingBytes: number
  readonly arrivingBytesMax: number
  /** Produce requests whose records are not acknowledged yet, and their limit. */
  readonly produceInflightBytes: number
  readonly produceInflightBytesMax: number
  readonly produceInflightRecords: number
  readonly producedRecords: number
  readonly producedBytes: number
  /** The numbers of records that were not written: [REST code, number, …]. */
  readonly failedRecords: readonly number[]
  /** Rendered records that no socket took yet, and their limit. */
  readonly consumeBufferedBytes: number
  readonly consumeBufferedBytesMax: number
  readonly consumePrefetchedBytes: number
  /** Streams of records, with a client or with records in flight. */
  readonly openStreams: number
  /** Records of streams and batches of the v3 API that passed its limits. */
  readonly streamedRecords: number
  /** Those that did not. */
  readonly rateLimitedRecords: number
  /** Those whose client left before their answer. */
  readonly unansweredRecords: number
  readonly consumedRecords: number
  readonly consumedBytes: number
  readonly openReads: number
  readonly returnedReads: number
  readonly consumerInstances: number
  readonly expiredConsumerInstances: number
  /** Clients of principals: open or being closed, their limit, and the counts of them since the start. */
  readonly pooledClients: number
  readonly pooledClientsMax: number
  readonly pooledClientsOpened: number
  readonly pooledClientsEvicted: number
  /** Attempts to open one beyond the limit. */
  readonly pooledClientsRefused: number
  /** Those that were closed because Kafka refuses their credentials. */
  readonly wrongCredentials: number
  /** Answers of brokers that throttle a producer, and the time for which they do, in all. */
  readonly throttlings: number
  readonly throttledMs: number
}

export function readGauges(): Gauges

/** A histogram: pairs of an upper bound in seconds and a count. The last bound is Infinity. */
export interface Histogram {
  /** The counts do not contain those of the buckets below. */
  readonly buckets: readonly number[]
  /** The sum of all durations. */
  readonly seconds: number
}

/** Durations of reads that had records, since the start. */
export interface Durations {
  /** From the moment at which a read could have records to its first chunk. */
  readonly firstBytes: Histogram
  /** From the parsing of a record of a stream to its answer. */
  readonly streamedRecords: Histogram
  /** The work of consumer threads on a read. */
  readonly work: Histogram
}

export function readDurations(): Durations

/** The lag of consumer instances, as of their last statistics event. */
export interface Lags {
  /** [group, instance, topic, partition, records, …] of at most `maxLagPartitions` partitions. */
  readonly lags: readonly (string | number)[]
  /** The number of the other partitions. */
  readonly omitted: number
}

export function readLags(): Lags

/** The brokers of all producers, as of their last statistics event. */
export interface Brokers {
  /**
   * [id, clients that are connected, that are connecting, without a connection, requests that are not sent, requests without
   * an answer, mean round trip, 99th percentile of round trips, throttling, …] of at most `maxBrokers` brokers. Round trips
   * are in microseconds, throttling in milliseconds.
   */
  readonly brokers: readonly number[]
  /** The number of the other brokers. */
  readonly omitted: number
}

export function readBrokers(): Brokers
/** [version, comma-separated features] */
export function librdkafkaVersion(): [version: string, features: string, patches: string]
/** [code, name, text, code, name, text, …] of all of librdkafka's errors. */
export function kafkaErrors(): (number | string)[]
/** REST codes, those of streams, and texts of per-record errors, by librdkafka's code. The first table stays. */
export function setErrorTable(
  kafkaCodes: Int32Array,
  restCodes: Int32Array,
  streamCodes: Int32Array,
  texts: string[],
): void
/**
 * Limits the records and the bytes of their JSON per second, of streams and batches of the v3 API: of all, and of each
 * cluster id. The first limits stay. See RecordRateLimits in kafka/record_rates.h.
 */
export function limitRecordRates(
  records: number,
  bytes: number,
  clusterRecords: number,
  clusterBytes: number,
  isSmooth: boolean,
  patienceMs: number,
): void
/**
 * [name, reason, …] of the properties that librdkafka refuses. An empty name stands for a file or a
 * combination of properties that it refuses; only the first such refusal is told. Takes some
 * milliseconds, connects to nothing.
 */
export function checkClient(isConsumer: boolean, properties: string[]): string[]
/** Starts a cluster in memory, which ends with the process. Returns its bootstrap servers. */
export function startEmbeddedCluster(brokers: number): string
/**
 * A listening socket of uWebSockets.js at `port`, the newest if there are several; throws when there is
 * none. `release` comes after uWebSockets.js has closed it; nothing else may come after that.
 */
export class ListeningSocket {
  constructor(port: number)
  /** Nothing is accepted until resume(): connections wait in the kernel. Also ends an accept loop that runs. */
  pause(): void
  resume(): void
  /** Lets the kernel drop the first packet of each new handshake, where the system can do it (Linux). */
  ignoreNewHandshakes(): void
  /** Sets SO_SNDBUF of connections that are accepted from now on, below 2^31 bytes. */
  setSendBuffer(bytes: number): void
  /** How many connections wait to be accepted. */
  waiting(): number
  /** Ends the socket; the kernel resets the connections that wait. */
  release(): void
}

/**
 * Returns the port when it can be bound without sharing it, and 0 when another socket has it. For
 * port 0 it returns a port that nobody has. Blocks while the name of the host is resolved.
 */
export function freePort(host: string, port: number): number

/** Counts the connections of each address: those of the process, told by this event loop. */
export class Peers {
  /**
   * To be called once for a connection. False when its client has `max` already, or when it is gone. `address` has the 4 or 16
   * bytes of the client's address, if that is not the other end.
   */
  admit(descriptor: number, max: number, address?: ArrayBuffer): boolean
  /** To be called for a closed connection, whether it was admitted or not. */
  onClosed(descriptor: number): void
}

/** How many descriptors the process has open. */
export function openDescriptors(): number
/** How many it may have open (ulimit -n). */
export function descriptorLimit(): number

/** A body that arrives in pieces, in native memory; gone once it was produced or released. */
export class Body {
  /** `announcedSize` in bytes; 0 when it is not known. Allocates nothing. */
  constructor(announcedSize: number)
  /**
   * Copies a piece and returns 0. Or copies nothing and returns a REST code: 429 when `arrivingBytes`
   * are spent, 50303 when the system has no memory.
   */
  append(chunk: ArrayBuffer | Uint8Array): number
  /** A copy of what was appended. */
  bytes(): ArrayBuffer
  /** Frees it before it is collected. */
  release(): void
}

/**
 * A produce request in format 3, whose keys and values are JSON texts until they were given bytes.
 * Partitions, timestamps and headers stay inside.
 */
export class Draft {
  /**
   * Once, and first. Replies with the number of records as count; with a number as code that is the same for the same
   * schemas, 0 or more; and with 1 as records if the body names a schema. Bytes are copied at once. Returns 0; or a REST
   * code, and no answer comes: 429 when `produceInflightBytes` are spent, 50303 when the system has no memory. The body is
   * gone either way.
   */
  parse(body: ArrayBuffer | Uint8Array | Body, ticket: number): number
  /** Frees it before it is collected. */
  release(): void
}

/** A producer; those with the same properties share a client. Collected ones close themselves. */
export class Producer {
  /**
   * Name, value, name, value, … in librdkafka's names. A pooled producer needs one of the places of
   * `maxPooledClients`, and its client is closed when it was idle for `pooledIdleMs`.
   */
  constructor(properties: string[], isPooled?: boolean)
  /**
   * Replies with the response's JSON, its status as code, the number of failed records as count.
   * `partition` is -1 to leave it to the partitioner; bytes are copied at once. Returns 0, or a REST
   * code as Draft.parse() does.
   */
  produce(
    topic: string,
    partition: number,
    format: number,
    body: ArrayBuffer | Uint8Array | Body,
    ticket: number,
    traceparent?: string,
    tracestate?: string,
  ): number
  /** The same for a draft all of whose records have bytes; it is used up. Ids are -1 for none. */
  produceDraft(
    topic: string,
    partition: number,
    draft: Draft,
    keySchemaId: number,
    valueSchemaId: number,
    ticket: number,
    traceparent?: string,
    tracestate?: string,
  ): void
  /** Waits for what is in flight; replies with the number of failed records as count. */
  close(timeoutMs: number, ticket: number): void
}

/** What the caller of a stream does next: 0 goes on, 1 pauses until taken() tells 0, 2 passes no more. */
export type Flow = 0 | 1 | 2

/**
 * A request of the v3 API that produces records while it lasts. Its ticket gets parts, and at last one reply, whose
 * text is the last line, or empty, and whose code is that of the error in it. A part has the kind 0: `count` answers;
 * or 1: `count` records wait for a job that encodes them, and the text is a number that is the same for the same schemas.
 */
export class Stream {
  /**
   * With `maxEntries`, which is not 0, it is a batch: its ticket gets the response with the status 207 as code, or a
   * fault. `isChunked`: each answer has the framing of a chunk. A record has at most `maxRecordBytes` of JSON. Records without
   * a header `traceparent` get those of the last two arguments.
   */
  constructor(
    producer: Producer,
    topic: string,
    clusterId: string,
    isChunked: boolean,
    maxRecordBytes: number,
    maxEntries: number,
    ticket: number,
    traceparent?: string,
    tracestate?: string,
  )
  /** Copies a piece of the body. */
  push(piece: ArrayBuffer | Uint8Array): Flow
  /** Copies the body of a batch, in the place of push() and end(). */
  pushBatch(body: ArrayBuffer | Uint8Array): void
  /** The body is complete. */
  end(): void
  /** No more of the body comes. The records that were pushed are answered; with a code that is not 0 an error follows. */
  endWith(code: number, message: string): void
  /** Records that are pushed from now on get this error, and are not written. */
  expire(code: number, message: string): void
  /** The client has so many of the answers. */
  taken(answers: number): Flow
  /** The client has left. */
  abandon(): void
  /** After a part of kind 1, in the place of finishEncoding(): refuses the records that wait, and goes on. */
  refuseEncoding(code: number, message: string): void
  /** Sends the records. `schemas` are the members of receipts for each description. */
  finishEncoding(schemas: string[]): void
}

/** Closes all pooled producers, as close() does. Replies with the number of failed records as count. */
export function closePooledProducers(timeoutMs: number, ticket: number): void

/**
 * Replies with the instance's id. `principal` is empty for a client without authentication. `admin` has the credentials of
 * the instance.
 */
export function createConsumer(
  group: string,
  name: string,
  principal: string,
  format: number,
  properties: string[],
  idleTimeoutMs: number,
  requestTimeoutMs: number,
  fetchMinBytes: number,
  returnOversized: boolean,
  commitWaitMs: number,
  admin: Admin,
  ticket: number,
): void
/** Fills `into` with id, format, requestTimeoutMs, fetchMinBytes of the principal's instance. Counts as a use. */
export function findConsumer(
  group: string,
  name: string,
  principal: string,
  into: Float64Array,
): boolean
/** The ids of all instances of the process. */
export function listConsumers(): number[]
export function closeConsumer(id: number, ticket: number): void
/** No topics: ends the subscription. */
export function subscribe(id: number, topics: string[], ticket: number): void
/**
 * Returns the version of a subscription that the caller is about to make. Changes of the subscription
 * by later calls have later versions. 0 when the instance is gone.
 */
export function reserveSubscription(id: number): number
/**
 * Subscribes to the topics that a pattern matches. A call with an older version than the instance's
 * subscription has no effect; one with the same version replaces the topics.
 */
export function subscribePattern(
  id: number,
  version: number,
  pattern: string,
  topics: string[],
  ticket: number,
): void
/**
 * [id, version, pattern, credentials, …] of all instances that are subscribed to a pattern. `credentials` is a number, equal
 * for instances with the same ones.
 */
export function listPatterns(): (number | string)[]
/** Replies with `["name",…]`: the topics that an instance may see. */
export function listTopicsAs(id: number, timeoutMs: number, ticket: number): void
export function unsubscribe(id: number, ticket: number): void
/** Replies with `["topic",…]`. */
export function subscription(id: number, ticket: number): void
export function assign(id: number, topics: string[], partitions: Int32Array, ticket: number): void
/** Replies with `[["topic",partition],…]`. */
export function assignment(id: number, ticket: number): void
/** Entries from `timestampsFrom` on have timestamps, in milliseconds, for offsets. */
export function seek(
  id: number,
  topics: string[],
  partitions: Int32Array,
  offsets: Float64Array,
  timestampsFrom: number,
  ticket: number,
): void
/** `offset` is -2 for the beginning, -1 for the end. */
export function seekAll(id: number, offset: number, ticket: number): void
export function commit(
  id: number,
  topics: string[],
  partitions: Int32Array,
  offsets: Float64Array,
  metadata: string[],
  ticket: number,
): void
export function commitDelivered(id: number, ticket: number): void
/** Replies with `[["topic",partition,offset,"metadata"],…]`. */
export function committed(
  id: number,
  topics: string[],
  partitions: Int32Array,
  ticket: number,
): void
/**
 * Answers with chunks, the last one marked, and after endRead() or endReadAt() with an empty reply;
 * or with the reply `[]`; or with a fault, perhaps after some chunks. Together the chunks are a JSON
 * array; in format 3 with frames in the place of records, see FrameHead in json/record_writer.h.
 */
export function startRead(
  id: number,
  timeoutMs: number,
  maxBytes: number,
  minBytes: number,
  headers: boolean,
  timestamp: boolean,
  ticket: number,
): void
/** All reads end with the records that there are, without a further wait. */
export function hastenReads(id: number, ticket: number): void
/** The chunk was written: its memory may be used again, and the read may go on. */
export function chunkWritten(id: number, ticket: number, chunk: number): void
/** After the last chunk, or when the client is gone. */
export function endRead(id: number, ticket: number, delivered: boolean): void
/**
 * In the place of endRead(), for a response that was written to an end of its own: `offsets` are
 * those after its last record of each partition that it has. The next read goes on there.
 */
export function endReadAt(
  id: number,
  ticket: number,
  topics: string[],
  partitions: Int32Array,
  offsets: Float64Array,
): void
/** The memory of a chunk. The same for each index, for good. */
export function chunkMemory(chunk: number): ArrayBuffer

/** An ACL binding or a filter, in the numbers of librdkafka's enums. In a filter an empty text matches anything. */
export type AclValues = [
  resourceType: number,
  resourceName: string,
  patternType: number,
  principal: string,
  host: string,
  operation: number,
  permission: number,
]

/**
 * The admin client; librdkafka's is made with the first call. Collected ones close themselves. Each
 * call takes its timeout and its ticket, and then its own arguments.
 */
export class Admin {
  constructor(properties: string[], isPooled?: boolean)
  /** Replies with `{"cluster_id": string or null, "controller_id", "brokers":[{"id","host","port","rack"},…]}`. */
  describeCluster(timeoutMs: number, ticket: number): void
  /** Replies with `["name",…]`. */
  listTopics(timeoutMs: number, ticket: number): void
  /** Replies with rows. The shapes of all rows are in kafka/admin/*.h, and in src/kafka/admin.ts. */
  describeTopics(
    timeoutMs: number,
    ticket: number,
    topics: string[],
    withPartitions: boolean,
    withOperations: boolean,
  ): void
  /** @param configs name, value, name, value, … */
  createTopic(
    timeoutMs: number,
    ticket: number,
    topic: string,
    partitions: number,
    replicationFactor: number,
    assignments: string[],
    configs: string[],
    validateOnly: boolean,
  ): void
  /** Makes a compacted topic, unless it exists. Replies with `true`. */
  createCompactedTopic(timeoutMs: number, ticket: number, topic: string, partitions: number): void
  createPartitions(timeoutMs: number, ticket: number, topic: string, total: number): void
  deleteTopic(timeoutMs: number, ticket: number, topic: string): void
  /** @param type 2 for topics, 4 for a broker */
  describeConfigs(timeoutMs: number, ticket: number, type: number, names: string[]): void
  /** @param changes resource, config, `SET` or `DELETE`, value, resource, … */
  alterConfigs(
    timeoutMs: number,
    ticket: number,
    type: number,
    changes: string[],
    validateOnly: boolean,
  ): void
  /** @param partitions topic, partition, spec, topic, …; a spec is -2 for the earliest offset, -1 for the latest, or a timestamp */
  listOffsets(timeoutMs: number, ticket: number, partitions: string[], readCommitted: boolean): void
  deleteRecords(timeoutMs: number, ticket: number, partitions: string[]): void
  electLeaders(timeoutMs: number, ticket: number, partitions: string[], isUnclean: boolean): void
  listGroups(timeoutMs: number, ticket: number): void
  describeGroups(timeoutMs: number, ticket: number, groups: string[]): void
  deleteGroup(timeoutMs: number, ticket: number, group: string): void
  listGroupOffsets(timeoutMs: number, ticket: number, group: string): void
  alterGroupOffsets(timeoutMs: number, ticket: number, group: string, partitions: string[]): void
  deleteGroupOffsets(timeoutMs: number, ticket: number, group: string, partitions: string[]): void
  describeAcls(timeoutMs: number, ticket: number, ...filter: AclValues): void
  /** @param bindings the values of each, as texts */
  createAcls(timeoutMs: number, ticket: number, bindings: string[]): void
  deleteAcls(timeoutMs: number, ticket: number, ...filter: AclValues): void
  describeScramUsers(timeoutMs: number, ticket: number, users: string[]): void
  setScramPassword(
    timeoutMs: number,
    ticket: number,
    user: string,
    mechanism: number,
    iterations: number,
    password: string,
  ): void
  deleteScramPassword(timeoutMs: number, ticket: number, user: string, mechanism: number): void
}

/**
 * Gives a token to all clients whose property `sasl.oauthbearer.config` is `name`, which begins with `caller:` or `process:`.
 * One that ends earlier than theirs changes nothing. Returns whether there are such clients, or objects that would open some,
 * and whether their token is valid now. Clients of a caller end with their token.
 *
 * @param expiresAtMs milliseconds since the epoch
 */
export function setToken(name: string, token: string, expiresAtMs: number): boolean

/** This process in the group of its peers. See kafka/cluster_member.h for its events. */
export class ClusterMember {
  constructor(properties: string[], topic: string, releaseWaitMs: number)
  /** Joins the group. Once. */
  join(ticket: number): void
  /** Replies with an array of events, as soon as there are any. One call at a time. */
  next(ticket: number): void
  /** Lets a revocation go on. */
  release(number: number): void
  /** Leaves the group. The reply comes when it has left. */
  leave(ticket: number): void
}

/** A parsed record: for property tests. */
export interface ParsedRecord {
  key: Buffer | null
  value: Buffer | null
  partition: number
  timestamp: number
  headers: [Buffer, Buffer | null][]
}
/** The parser alone: records, or [error code, message]. */
export function parseProduceRequest(
  format: number,
  body: Uint8Array,
): ParsedRecord[] | [number, string]
/** The parser alone, for benchmarks: how many records, or -1. */
export function countProducedRecords(format: number, body: Uint8Array): number
/** The renderer alone: `repeat` copies of the record's JSON, or why it cannot be rendered. */
export function renderRecord(
  format: number,
  topic: string,
  partition: number,
  offset: number,
  key: Uint8Array | null,
  value: Uint8Array | null,
  repeat: number,
): ArrayBuffer | string

/**
 * Posts a job to a worker, in one of its starts. Returns its id, or 0 if that one does not run, also if a later one does: the end of
 * an earlier start may not have been told yet, and would count as that of the job. `records` wait for payloads; the
 * call drops payloads that they have already. Only the worker uses them until its answer comes, or until it has ended. The ticket gets chunks and parts,
 * and at last a reply; nothing, if the worker ends before.
 */
export function startJob(
  worker: number,
  start: number,
  kind: number,
  text: string,
  ticket: number,
  records?: Draft | Stream,
): number
/** Tells the worker about a job. Has no effect without the worker. */
export function tellJob(
  worker: number,
  job: number,
  kind: number,
  first: number,
  second: number,
  third: number,
): void
/** Replies when all messages of this environment that were posted before were delivered. */
export function awaitMessages(ticket: number): void
/** Gives a chunk of a job back. */
export function releaseChunk(chunk: number): void
/** The processor time that the thread of a worker has used; -1 if there is none. */
export function processorMicros(worker: number): number

/** This environment is the worker with this index, below 1024, from now on, in the `start`-th of its starts: 1 or more. */
export function serveJobs(index: number, start: number): void
/** The number of records of a job that has some. */
export function recordCount(job: number): number
/** A JSON text about their schemas; see DescribeSchemas() of produce_draft.h and produce_stream.h. */
export function describeSchemas(job: number): string
/**
 * Copies the texts of the records from `first` on, of each the key's and then the value's, as long as they have room in
 * `texts`, and numbers about them; see numbers_per_record() in the same files. Returns of how many records. When the first
 * has no room, that is 0, and `numbers` has its.
 */
export function readTexts(
  job: number,
  first: number,
  texts: Uint8Array,
  numbers: Int32Array,
): number
/**
 * Copies the bytes for the next records, and their sizes, two a record, -1 for null. Returns 0; or 429 when
 * `produceInflightBytes` are spent, 413 when they never suffice, 50303 when the system has no memory, and then took nothing.
 */
export function appendPayloads(job: number, payloads: Uint8Array, sizes: Int32Array): number
/** Refuses one of the records of a stream. Has no effect on one without a text. */
export function refuseRecord(job: number, index: number, code: number, message: string): void
/** An empty chunk, for chunkMemory(). Throws if the system has no memory. */
export function takeChunk(): number
/** Sends `size` bytes of a chunk to the caller of the job. */
export function sendChunk(
  job: number,
  chunk: number,
  size: number,
  isLast: boolean,
  records: number,
): void
/** Sends a part to the caller. */
export function tellCaller(job: number, kind: number, count: number, text: string): void
/** Answers with a reply, and ends the job. */
export function answerJob(job: number, code: number, count: number, text: string): void
