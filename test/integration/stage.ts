/** What a test file works with: a Kafka, a proxy in front of it, and a client of each. */
import { randomUUID } from 'node:crypto'
import { after } from 'node:test'
import { type SharedKafka, sharedKafka } from '../cluster/shared-kafka.ts'
import type { TopicOptions } from '../cluster/topics.ts'
import { Witness } from '../cluster/witness.ts'
import { ConsumerClient, type InstanceSettings } from './consumer-client.ts'
import { type Settings, startProxy, type TestSchemas } from './proxy.ts'
import { RestClient } from './rest-client.ts'

/** See setTheStage(). */
export interface Stage {
  readonly kafka: SharedKafka
  readonly url: string
  readonly rest: RestClient
  readonly witness: Witness
  /** Creates a topic with a name that nobody else has. */
  newTopic(options?: TopicOptions): Promise<string>
  /** A new consumer instance; see ConsumerClient.create(). */
  newConsumer(settings?: InstanceSettings, group?: string): Promise<ConsumerClient>
  /** Stops the proxy before the end of the file does. */
  stopProxy(): Promise<void>
}

/** What a file brings of its own. */
export interface StageOptions {
  readonly kafka?: SharedKafka
  readonly schemas?: TestSchemas
}

/** Sets up all that a test file needs, and takes it down when its tests are over. */
export async function setTheStage(
  settings: Settings = {},
  options: StageOptions = {},
): Promise<Stage> {
  const kafka = options.kafka ?? (await sharedKafka())
  const proxy = await startProxy(kafka.bootstrapServers, settings, options.schemas)
  const rest = new RestClient(proxy.url)
  const witness = new Witness(kafka.bootstrapServers)
  let stopped: Promise<void> | undefined
  const stopProxy = () => {
    stopped ??= proxy.stop()
    return stopped
  }
  after(async () => {
    await stopProxy()
    rest.close()
    await witness.close()
    await kafka.stop()
  })
  return {
    kafka,
    url: proxy.url,
    rest,
    witness,
    async newTopic(topic) {
      const name = uniqueName('topic')
      await kafka.createTopic(name, topic)
      return name
    },
    newConsumer: (instance, group) => ConsumerClient.create(rest, instance, group),
    stopProxy,
  }
}

/** A name that nobody else has. */
export function uniqueName(what: string): string {
  return `${what}-${randomUUID().slice(0, 13)}`
}
