/** What Sluice sets for its clients where the operator says nothing. */

/** For every client. */
export const CLIENT_DEFAULTS = {
  // Brokers close idle connections all the time.
  'log.connection.close': false,
  'socket.keepalive.enable': true,
  'socket.nagle.disable': true,
  'topic.metadata.refresh.sparse': true,
  // As Java; librdkafka would wait up to 10 s to try again.
  'reconnect.backoff.max.ms': 1_000,
  // A broker that hangs holds its partitions for so long; by then a new leader is elected, which
  // takes broker.session.timeout.ms of the brokers, by default 9 s.
  'socket.timeout.ms': 10_000,
} as const

/** For the producer. */
export const PRODUCER_DEFAULTS = {
  // Where the Java client puts a key; librdkafka's own default puts it elsewhere.
  partitioner: 'murmur2_random',
  'enable.idempotence': true,
  acks: 'all',
  // As Java's max.request.size.
  'message.max.bytes': 1_048_576,
  // Below the time that load balancers usually wait for an answer, which Java's 120 s aren't.
  'delivery.timeout.ms': 30_000,
  // How long a record waits for an unknown topic, which may be about to be created.
  'topic.metadata.propagation.max.ms': 3_000,
  // How soon records with keys go to partitions that were added. Java's metadata.max.age.ms is 5 min.
  'topic.metadata.refresh.interval.ms': 60_000,
  // Concurrency fills batches better than waiting does.
  'linger.ms': 1,
  // No limits of its own: requests are admitted by sluice.produce.inflight.max.bytes.
  'queue.buffering.max.messages': 0,
  'queue.buffering.max.kbytes': 2_147_483_647,
} as const

/** For the consumers. */
export const CONSUMER_DEFAULTS = {
  'enable.auto.commit': true,
  // As Java: librdkafka would hide the records of open and aborted transactions.
  'isolation.level': 'read_uncommitted',
  'allow.auto.create.topics': false,
  'fetch.wait.max.ms': 500,
  // The wait while the prefetch is full; the default of 1 s makes reads stutter.
  'fetch.queue.backoff.ms': 1,
  // How soon topics and partitions that were added are read; the default is five minutes.
  'topic.metadata.refresh.interval.ms': 5_000,
  // Three times the interval by default, which would forget topics while no broker is there.
  'metadata.max.age.ms': 900_000,
  // Each record ahead costs some 350 bytes besides its own; so small ones are bounded by number.
  'queued.min.messages': 1_000,
  // For the gauge of what was fetched ahead.
  'statistics.interval.ms': 10_000,
} as const
