/** Opens and closes node-rdkafka's clients as promises. What they are for is the caller's. */
import { createRequire } from 'node:module'
import type rdkafka from 'node-rdkafka'

const CONNECT_DEADLINE_MS = 10_000
const CLOSE_DEADLINE_MS = 5_000

/**
 * Loads node-rdkafka. Its binding is built for the lanes that have a Kafka only; other tests import
 * modules of those lanes, and load no client. Throws an error when the binding is not built.
 */
export function loadRdkafka(): typeof rdkafka {
  try {
    return createRequire(import.meta.url)('node-rdkafka')
  } catch (cause) {
    throw new Error('node-rdkafka does not load: run "npm run build:client".', { cause })
  }
}

/** The settings of every client: where Kafka is, and no log lines when a test stops a broker. */
export function clientSettings(bootstrapServers: string): rdkafka.GlobalConfig {
  return { 'bootstrap.servers': bootstrapServers, log_level: 2 }
}

/** Connects a client and returns it. Throws when no broker answers within 10 s. */
export function connected<T extends rdkafka.Client<string>>(client: T): Promise<T> {
  return new Promise((resolve, reject) => {
    client.connect({ timeout: CONNECT_DEADLINE_MS }, (error) => {
      if (error) reject(asError(error))
      else resolve(client)
    })
  })
}

/** A connected producer, with settings besides those of every client. See connected(). */
export function connectedProducer(
  bootstrapServers: string,
  settings: rdkafka.ProducerGlobalConfig = {},
): Promise<rdkafka.Producer> {
  const { Producer } = loadRdkafka()
  return connected(new Producer({ ...clientSettings(bootstrapServers), ...settings }))
}

/** Closes a client; gives up after 5 s, because node-rdkafka's close can hang for ever. */
export function disconnect(client: rdkafka.Client<string>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CLOSE_DEADLINE_MS)
    client.disconnect(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** What the cluster says about one topic. */
export function topicMetadata(
  client: rdkafka.Client<string>,
  topic: string,
): Promise<rdkafka.TopicMetadata | undefined> {
  return new Promise((resolve, reject) => {
    client.getMetadata({ topic, timeout: CONNECT_DEADLINE_MS }, (error, metadata) => {
      if (error) reject(asError(error))
      else resolve(metadata.topics.find(({ name }) => name === topic))
    })
  })
}

/** An `Error` with the message and the Kafka error code of what node-rdkafka reports. */
export function asError({ message, code }: rdkafka.LibrdKafkaError): Error & { code: number } {
  return Object.assign(new Error(message), { code })
}
