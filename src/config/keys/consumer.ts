/** Keys of consumer instances and their reads. */

import { each, ignored, int, long, oneOf } from '../define.ts'

/** Keys of consumer instances and their reads. */
export const consumerKeys = {
  'consumer.request.timeout.ms': int({
    default: 1000,
    min: 0,
    importance: 'medium',
    doc: 'Longest that a read waits for records. A consumer instance may bring its own value.',
  }),
  'consumer.request.max.bytes': long({
    default: 67108864,
    min: 1,
    importance: 'medium',
    doc: 'Most bytes of keys and values that one read returns.',
  }),
  'consumer.instance.timeout.ms': int({
    default: 300000,
    min: 1,
    importance: 'medium',
    doc: 'How long a consumer instance lives without a request. Then it leaves its group.',
  }),
  'fetch.min.bytes': int({
    default: -1,
    min: -1,
    max: 10000000,
    importance: 'low',
    doc:
      'A read ends early once it has this many bytes of keys and values; -1 turns that off. A ' +
      'consumer instance may bring its own value. This is not the setting of Kafka of that name.',
  }),
  'consumer.threads': int({
    default: 50,
    min: -1,
    importance: 'medium',
    doc:
      'Most threads that read for all consumer instances together; 0 and -1 stand for one per ' +
      'core. A waiting read holds no thread, so this does not bound the number of instances.',
  }),
  'sluice.consumer.instances.max': int({
    default: 1000,
    min: 1,
    importance: 'medium',
    doc:
      'Most consumer instances of this process. To create one more is answered with 429. Each ' +
      'costs about 0.6 MB and, with one broker, four threads; every further broker adds a thread.',
  }),
  'sluice.consumer.commit.wait.ms': int({
    default: 15000,
    min: 0,
    importance: 'medium',
    doc:
      'How long a consumer instance that does not commit by itself keeps its partitions in a ' +
      'rebalance of its group, so that its client can commit the records that it was given: from ' +
      'the last request of the client on, and until the next read. The other members wait as ' +
      'long. A commit that comes later is answered with an error, and the records are delivered ' +
      'again. At most a third of max.poll.interval.ms counts; 0 turns the wait off.',
  }),
  'sluice.consumer.oversized.record': oneOf(['error', 'return'], {
    default: 'error',
    importance: 'medium',
    doc:
      'What a read does when its first record alone is larger than the read may be: answer 413, ' +
      'or return that one record.',
  }),
  'sluice.consumer.prefetch.max.bytes': long({
    default: 786432,
    min: 65536,
    max: 1073741824,
    importance: 'medium',
    doc: 'Bytes of records that may be fetched ahead for one consumer instance.',
  }),
  'sluice.consume.buffered.max.bytes': long({
    default: 268435456,
    min: 4194304,
    importance: 'medium',
    doc:
      'Bytes of responses to reads that wait for their clients, in the whole process. A read that ' +
      'finds no room within its timeout is answered with 429. The kernel buffers more for each ' +
      'connection: up to the last number of its net.ipv4.tcp_wmem, by default 4 MiB, until the client ' +
      'reads (300 clients that took nothing were 1.1 GB). That memory counts for the control group; ' +
      '`sluice.connection.send.buffer.bytes` bounds it.',
  }),

  ...each(
    ['consumer.iterator.backoff.ms', 'consumer.iterator.timeout.ms'],
    ignored('a read wakes as soon as there are records'),
  ),
  ...each(
    ['simpleconsumer.pool.size.max', 'simpleconsumer.pool.timeout.ms'],
    ignored('they served the v1 API, which is gone'),
  ),
} as const
