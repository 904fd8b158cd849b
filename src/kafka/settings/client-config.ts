/**
 * Our configuration as librdkafka's properties, for each of the three kinds of client: defaults
 * that make it behave like Kafka's Java clients where that can be seen from outside, then what
 * the operator set under `client.` and the client's own prefix.
 */

import type { Config } from '../../config/index.ts'
import { ClientBuilder, type ClientProperties } from './client-builder.ts'
import { CONSUMER_DEFAULTS, PRODUCER_DEFAULTS } from './client-defaults.ts'
import { offsetReset } from './java-settings.ts'

export type { ClientProperties } from './client-builder.ts'

/** What the request that creates a consumer instance says. */
export interface ConsumerChoices {
  readonly group: string
  /** `earliest`, `latest` or `none`; absent leaves it to the configuration. */
  readonly autoOffsetReset?: string | undefined
  /** Whether delivered records are committed by and by; absent leaves it to the configuration. */
  readonly autoCommit?: boolean | undefined
  /** `read_committed` or `read_uncommitted`; absent leaves it to the configuration. */
  readonly isolationLevel?: string | undefined
}

/** By how much a member of a group outlives the last request of its consumer instance. */
const POLL_SLACK_MS = 30_000

/** librdkafka's largest `max.poll.interval.ms`. */
const POLL_INTERVAL_LIMIT_MS = 86_400_000

/** librdkafka's default of `message.max.bytes`. */
const MESSAGE_MAX_BYTES = 1_000_000

/** The one producer of the process. */
export function producerProperties(config: Config): ClientProperties {
  const client = new ClientBuilder('producer', config)
  client.set(PRODUCER_DEFAULTS)
  client.setGiven()
  client.dropIdempotenceOnConflict()
  return client.build()
}

/** The consumer of one instance. Throws a `ValueFault` for an unknown `autoOffsetReset`. */
export function consumerProperties(config: Config, choices: ConsumerChoices): ClientProperties {
  const client = new ClientBuilder('consumer', config)
  // Half of it may wait in the queue while a fetch brings the other half.
  const prefetch = Math.floor(config['sluice.consumer.prefetch.max.bytes'] / 2)
  const pollInterval = Math.max(300_000, config['consumer.instance.timeout.ms'] + POLL_SLACK_MS)
  client.set(CONSUMER_DEFAULTS)
  client.set({
    'fetch.max.bytes': prefetch,
    'max.partition.fetch.bytes': prefetch,
    // An instance that still exists must still be a member of its group.
    'max.poll.interval.ms': Math.min(pollInterval, POLL_INTERVAL_LIMIT_MS),
  })
  client.setGiven()
  client.set({
    'group.id': choices.group,
    // An offset is stored only when its record was delivered.
    'enable.auto.offset.store': false,
    'queued.max.messages.kbytes': Math.floor(prefetch / 1024),
    // Without a meaning for consumers, but librdkafka wants it below what is fetched at once.
    'message.max.bytes': Math.min(MESSAGE_MAX_BYTES, Number(client.find('fetch.max.bytes'))),
    'enable.auto.commit': choices.autoCommit,
    'isolation.level': choices.isolationLevel,
  })
  if (choices.autoOffsetReset !== undefined) {
    client.set({ 'auto.offset.reset': offsetReset(choices.autoOffsetReset) })
  }
  return client.build()
}

/** The one admin client of the process. */
export function adminProperties(config: Config): ClientProperties {
  const client = new ClientBuilder('admin', config)
  client.setGiven()
  return client.build()
}

/** Warnings and faults of the settings of all clients, each once. librdkafka is not asked. */
export function checkClientSettings(config: Config): Pick<ClientProperties, 'warnings' | 'faults'> {
  const clients = [
    producerProperties(config),
    consumerProperties(config, { group: '' }),
    adminProperties(config),
  ]
  const faults = clients.flatMap((client) => client.faults)
  return {
    warnings: [...new Set(clients.flatMap((client) => client.warnings))],
    faults: [...new Map(faults.map((fault) => [fault.key, fault])).values()],
  }
}
