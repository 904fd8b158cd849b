/** Keys of consumer instances and their reads. */

import { each, ignored, int, long, oneOf } from '../define.ts'

/** Keys of consumer instances and their reads. */
export const consumerKeys = {
  'consumer.request.timeout.ms': int({
    default: 1000,
    min: 0,
    importance: 'medium',
    doc: 'Longest time that a read waits for records. A consumer instance may have its own value.',
  }),
  'consumer.request.max.bytes': long({
    default: 67108864,
    min: 1,
    importance: 'medium',
    doc: 'Largest size of the keys and values that one read returns.',
  }),
  'consumer.instance.timeout.ms': int({
    default: 300000,
    min: 1,
    importance: 'medium',
    doc:
      'Longest time of a consumer instance without a request. The instance then leaves its ' +
      'group and is deleted.',
  }),
  'fetch.min.bytes': int({
    default: -1,
    min: -1,
    max: 10000000,
    importance: 'low',
    doc:
      'Size of keys and values at which a read returns before its timeout; -1: the read waits ' +
      "for its timeout. A consumer instance may have its own value. The setting of Kafka's " +
      'consumers with this name is `consumer.fetch.min.bytes`.',
  }),
  'consumer.threads': int({
    default: 50,
    min: -1,
    importance: 'medium',
    doc:
      'Largest number of threads that read for all consumer instances; 0 and -1: one per core. A ' +
      'waiting read occupies no thread, so this key does not limit the number of instances.',
  }),
  'sluice.consumer.instances.max': int({
    default: 1000,
    min: 1,
    importance: 'medium',
    doc:
      'Largest number of consumer instances of this process. A request for a further instance ' +
      'gets 429. An instance uses about 0.6 MB and, with one broker, four threads; each further ' +
      'broker adds a thread.',
  }),
  'sluice.consumer.commit.wait.ms': int({
    default: 15000,
    min: 0,
    importance: 'medium',
    doc:
      'Longest time that a rebalance waits for the commit of delivered records, for consumer ' +
      'instances without automatic commits. The instance keeps its partitions until its next ' +
      'read, or until this time has passed since the last request of its client; the other ' +
      'members of the group wait as well. A later commit gets an error, and the records are ' +
      'delivered again. The effective value is at most a third of `max.poll.interval.ms`; 0 ' +
      'turns the wait off.',
  }),
  'sluice.consumer.oversized.record': oneOf(['error', 'return'], {
    default: 'error',
    importance: 'medium',
    doc:
      'Result of a read whose first record alone exceeds the limit of the read: `error` answers ' +
      '413, `return` delivers this record alone.',
  }),
  'sluice.consumer.prefetch.max.bytes': long({
    default: 786432,
    min: 65536,
    max: 1073741824,
    importance: 'medium',
    doc: 'Size of the records that are fetched ahead for one consumer instance.',
  }),
  'sluice.consume.buffered.max.bytes': long({
    default: 268435456,
    min: 4194304,
    importance: 'medium',
    doc:
      'Memory of the process for responses to reads that their clients have not yet received. A ' +
      "read that gets no memory within its timeout gets 429. The kernel's send buffers are " +
      'additional memory: up to the last number of net.ipv4.tcp_wmem, by default 4 MiB, for each ' +
      'connection (300 clients that read nothing used 1.1 GB). This memory counts towards the ' +
      'memory limit of a container; `sluice.connection.send.buffer.bytes` bounds it.',
  }),

  ...each(
    ['consumer.iterator.backoff.ms', 'consumer.iterator.timeout.ms'],
    ignored('a read wakes as soon as there are records'),
  ),
  ...each(
    ['simpleconsumer.pool.size.max', 'simpleconsumer.pool.timeout.ms'],
    ignored('they belong to the v1 API, which Sluice does not have'),
  ),
} as const
