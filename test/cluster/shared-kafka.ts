/** The Kafka that a test run shares, so that not every test file waits for one of its own. */
import { type Kafka, startKafka } from './kafka.ts'
import { createTopic } from './topics.ts'

/** What a test file may do with a cluster that other files use at the same time. */
export type SharedKafka = Pick<Kafka, 'bootstrapServers' | 'createTopic' | 'stop'>

/**
 * The cluster at `KAFKA_BOOTSTRAP_SERVERS`, which scripts/test.mjs sets; without that one started
 * for the caller, so that a test file also runs by itself. Its `stop` ends it only in that case.
 * Take names of topics and groups that no other file has.
 */
export async function sharedKafka(): Promise<SharedKafka> {
  const bootstrapServers = process.env['KAFKA_BOOTSTRAP_SERVERS']
  if (!bootstrapServers) return await startKafka()
  return {
    bootstrapServers,
    createTopic: (name, options) => createTopic(bootstrapServers, name, options),
    stop: async () => {},
  }
}
