/**
 * The configuration as librdkafka's properties, for producer, consumer and admin client. Defaults give librdkafka the
 * visible behaviour of Kafka's Java clients. Settings under `client.` and the client's own prefix override them.
 */

import type { Config } from '../../config/index.ts'
import { ClientBuilder, type ClientProperties } from './client-builder.ts'
import { CONSUMER_DEFAULTS, PRODUCER_DEFAULTS, PRODUCER_STATISTICS } from './client-defaults.ts'
import type { KafkaIdentity } from './identity.ts'
import { offsetReset } from './java-settings.ts'
import { regionOfToken } from './msk-login.ts'

export type { ClientProperties } from './client-builder.ts'

/** The login to Amazon MSK: the name of its token in the engine, and the region of the brokers. */
export interface MskLogin {
  readonly tokenName: string
  readonly region: string
}

/** The properties that a consumer instance has from its request. */
export interface ConsumerChoices {
  readonly group: string
  /** `earliest`, `latest` or `none`. Absent: the configured value. */
  readonly autoOffsetReset?: string | undefined
  /** Whether the consumer commits delivered records periodically. Absent: the configured value. */
  readonly autoCommit?: boolean | undefined
  /** `read_committed` or `read_uncommitted`. Absent: the configured value. */
  readonly isolationLevel?: string | undefined
}

/** The time by which a member of a group outlives its consumer instance. */
const POLL_SLACK_MS = 30_000

/** librdkafka's largest `max.poll.interval.ms`. */
const POLL_INTERVAL_LIMIT_MS = 86_400_000

/** librdkafka's default of `message.max.bytes`. */
const MESSAGE_MAX_BYTES = 1_000_000

/** Returns the properties of the producer. @param identity replaces the configured credentials */
export function producerProperties(config: Config, identity?: KafkaIdentity): ClientProperties {
  const client = new ClientBuilder('producer', config)
  if (config['sluice.metrics.brokers.max'] > 0) client.set(PRODUCER_STATISTICS)
  client.set(PRODUCER_DEFAULTS)
  client.setGiven()
  if (identity) client.setIdentity(identity)
  client.dropIdempotenceOnConflict()
  return client.build()
}

/** The size of the largest record that the producer takes, in bytes: `message.max.bytes`. */
export function maxMessageBytes(config: Config): number {
  const { properties } = producerProperties(config)
  return Number(new Map(properties).get('message.max.bytes') ?? MESSAGE_MAX_BYTES)
}

/**
 * Returns the properties of a consumer. Throws a `ValueFault` for an unknown `autoOffsetReset`.
 *
 * @param identity replaces the configured credentials
 */
export function consumerProperties(
  config: Config,
  choices: ConsumerChoices,
  identity?: KafkaIdentity,
): ClientProperties {
  const client = new ClientBuilder('consumer', config)
  // The queue holds half of it while a fetch brings the other half.
  const prefetch = Math.floor(config['sluice.consumer.prefetch.max.bytes'] / 2)
  const pollInterval = Math.max(300_000, config['consumer.instance.timeout.ms'] + POLL_SLACK_MS)
  client.set(CONSUMER_DEFAULTS)
  client.set({
    'fetch.max.bytes': prefetch,
    'max.partition.fetch.bytes': prefetch,
    // The group must not remove a member whose instance has not expired.
    'max.poll.interval.ms': Math.min(pollInterval, POLL_INTERVAL_LIMIT_MS),
  })
  client.setGiven()
  if (identity) client.setIdentity(identity)
  client.set({
    'group.id': choices.group,
    // The engine stores offsets of delivered records only.
    'enable.auto.offset.store': false,
    'queued.max.messages.kbytes': Math.floor(prefetch / 1024),
    // Consumers do not use it, but librdkafka requires it to be at most fetch.max.bytes.
    'message.max.bytes': Math.min(MESSAGE_MAX_BYTES, Number(client.find('fetch.max.bytes'))),
    'enable.auto.commit': choices.autoCommit,
    'isolation.level': choices.isolationLevel,
  })
  if (choices.autoOffsetReset !== undefined) {
    client.set({ 'auto.offset.reset': offsetReset(choices.autoOffsetReset) })
  }
  return client.build()
}

/** Returns the properties of the admin client. @param identity replaces the configured credentials */
export function adminProperties(config: Config, identity?: KafkaIdentity): ClientProperties {
  const client = new ClientBuilder('admin', config)
  client.setGiven()
  if (identity) client.setIdentity(identity)
  return client.build()
}

/** Returns the token that clients of the process log in to Amazon MSK with; undefined if none does. */
export function mskLoginOf(config: Config): MskLogin | undefined {
  const clients = [
    producerProperties(config),
    consumerProperties(config, { group: '' }),
    adminProperties(config),
  ]
  for (const { properties } of clients) {
    const tokenName = new Map(properties).get('sasl.oauthbearer.config') ?? ''
    const region = regionOfToken(tokenName)
    if (region !== undefined) return { tokenName, region }
  }
  return undefined
}

/** Returns the warnings and faults of all clients' settings, without duplicates and without librdkafka's checks. */
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
