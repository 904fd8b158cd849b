/** The properties of the clients of a cluster of processes: a member of its group, and a producer of descriptions. */

import type { Config } from '../../config/index.ts'
import { ClientBuilder, type ClientProperties } from './client-builder.ts'
import { PRODUCER_DEFAULTS } from './client-defaults.ts'

/** librdkafka's largest `max.in.flight` of an idempotent producer. */
const IDEMPOTENT_IN_FLIGHT = 5

/** The longest time of a write of a description. The request that changes it waits for it. */
const DESCRIPTION_TIMEOUT_MS = 15_000

/**
 * Returns the properties of this process in the group of its peers. The operator's settings of consumers apply to its
 * connections; `own` are the properties of the group.
 */
export function memberProperties(
  config: Config,
  own: Readonly<Record<string, string | number>>,
): ClientProperties {
  const client = new ClientBuilder('consumer', config)
  client.setGiven()
  client.set({
    'group.protocol': 'classic',
    'partition.assignment.strategy': 'cooperative-sticky',
    'enable.auto.commit': false,
    'enable.partition.eof': true,
    'auto.offset.reset': 'earliest',
    'isolation.level': 'read_uncommitted',
    'allow.auto.create.topics': false,
    'fetch.wait.max.ms': 500,
    'topic.metadata.refresh.interval.ms': 5_000,
    ...own,
  })
  return client.build()
}

/** Returns the properties of the producer of descriptions: each is acknowledged by all replicas, and none waits for others. */
export function descriptionProperties(config: Config): ClientProperties {
  const client = new ClientBuilder('producer', config)
  client.set(PRODUCER_DEFAULTS)
  client.setGiven()
  client.set({
    acks: 'all',
    'enable.idempotence': true,
    'max.in.flight': IDEMPOTENT_IN_FLIGHT,
    retries: 2_147_483_647,
    'linger.ms': 0,
    'delivery.timeout.ms': DESCRIPTION_TIMEOUT_MS,
  })
  return client.build()
}
