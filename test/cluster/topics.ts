/**
 * Creates topics. Through node-rdkafka, which takes milliseconds where Kafka's own tool takes a
 * second, and which shares no code with Sluice's own administration.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type rdkafka from 'node-rdkafka'
import {
  asError,
  clientSettings,
  connectedProducer,
  disconnect,
  loadRdkafka,
  topicMetadata,
} from './rdkafka-client.ts'

const DEADLINE_MS = 20_000

/** What a new topic is like. */
export interface TopicOptions {
  /** 1 when absent. */
  partitions?: number
  /** 1 when absent. */
  replicationFactor?: number
  /** Topic configs, such as `{ 'max.message.bytes': '1000' }`. */
  config?: Record<string, string>
}

/**
 * Creates a topic; resolves when every partition has a leader. Throws an error with Kafka's code
 * when it exists already or the cluster refuses it.
 */
export async function createTopic(
  bootstrapServers: string,
  name: string,
  options: TopicOptions = {},
): Promise<void> {
  const admin = loadRdkafka().AdminClient.create(clientSettings(bootstrapServers))
  try {
    await create(admin, name, options)
  } finally {
    admin.disconnect()
  }
  const client = await connectedProducer(bootstrapServers)
  try {
    await untilLed(client, name)
  } finally {
    await disconnect(client)
  }
}

/** Gives a topic `total` partitions; resolves when every one has a leader. */
export async function addPartitions(
  bootstrapServers: string,
  name: string,
  total: number,
): Promise<void> {
  const admin = loadRdkafka().AdminClient.create(clientSettings(bootstrapServers))
  try {
    await new Promise<void>((resolve, reject) => {
      admin.createPartitions(name, total, DEADLINE_MS, (error) =>
        error ? reject(asError(error)) : resolve(),
      )
    })
  } finally {
    admin.disconnect()
  }
  const client = await connectedProducer(bootstrapServers)
  try {
    await untilLed(client, name, total)
  } finally {
    await disconnect(client)
  }
}

function create(admin: rdkafka.IAdminClient, name: string, options: TopicOptions): Promise<void> {
  const topic = {
    topic: name,
    num_partitions: options.partitions ?? 1,
    replication_factor: options.replicationFactor ?? 1,
    config: options.config ?? {},
  }
  return new Promise((resolve, reject) => {
    admin.createTopic(topic, DEADLINE_MS, (error) => (error ? reject(asError(error)) : resolve()))
  })
}

/** The controller answers before the brokers have heard of the topic, or of all its partitions. */
async function untilLed(client: rdkafka.Producer, name: string, least = 1): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS
  for (;;) {
    const partitions = (await topicMetadata(client, name))?.partitions ?? []
    if (partitions.length >= least && partitions.every(({ leader }) => leader >= 0)) return
    if (Date.now() > deadline) throw new Error(`Topic ${name} has no leader for all partitions.`)
    await sleep(20)
  }
}
