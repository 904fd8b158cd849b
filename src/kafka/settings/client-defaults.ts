/** Sluice's defaults for the settings of its Kafka clients. */

/** Defaults of all clients. */
export const CLIENT_DEFAULTS = {
  // Brokers close idle connections regularly.
  'log.connection.close': false,
  'socket.keepalive.enable': true,
  'socket.nagle.disable': true,
  'topic.metadata.refresh.sparse': true,
  // Java's default; librdkafka's is 10 s.
  'reconnect.backoff.max.ms': 1_000,
  // A hanging broker blocks its partitions for this time. The election of new leaders takes the brokers'
  // broker.session.timeout.ms, by default 9 s.
  'socket.timeout.ms': 10_000,
} as const

/** Defaults of the producer. */
export const PRODUCER_DEFAULTS = {
  // Java's partitions for keys; librdkafka's default differs.
  partitioner: 'murmur2_random',
  'enable.idempotence': true,
  acks: 'all',
  // Java's max.request.size.
  'message.max.bytes': 1_048_576,
  // Shorter than the usual timeouts of load balancers; Java's default is 120 s.
  'delivery.timeout.ms': 30_000,
  // The wait of a record for an unknown topic, which may be created meanwhile.
  'topic.metadata.propagation.max.ms': 3_000,
  // The delay until records with keys go to added partitions. Java's metadata.max.age.ms is 5 min.
  'topic.metadata.refresh.interval.ms': 60_000,
  // Concurrent requests fill batches without a longer wait.
  'linger.ms': 1,
  // The limit is sluice.produce.inflight.max.bytes.
  'queue.buffering.max.messages': 0,
  'queue.buffering.max.kbytes': 2_147_483_647,
} as const

/** Defaults of a producer whose brokers are measured. */
export const PRODUCER_STATISTICS = { 'statistics.interval.ms': 10_000 } as const

/** Defaults of the consumers. */
export const CONSUMER_DEFAULTS = {
  'enable.auto.commit': true,
  // Java's default; librdkafka's hides the records of open and aborted transactions.
  'isolation.level': 'read_uncommitted',
  'allow.auto.create.topics': false,
  'fetch.wait.max.ms': 500,
  // The pause while the queue is full. The default of 1 s delays reads.
  'fetch.queue.backoff.ms': 1,
  // The delay until added topics and partitions are read. The default is five minutes.
  'topic.metadata.refresh.interval.ms': 5_000,
  // The default, three times the interval, drops topics while no broker is available.
  'metadata.max.age.ms': 900_000,
  // A fetched record costs about 350 bytes besides its own, so the number of small records is bounded too.
  'queued.min.messages': 1_000,
  // For the gauge of prefetched bytes.
  'statistics.interval.ms': 10_000,
} as const
