/** The topic of descriptions at the start of a process, and the errors of a start without a right. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isRetriable, RestError } from '../errors.ts'
import type { Admin } from '../kafka/admin.ts'

/** The number of partitions of a topic that a process creates. More processes need a topic with more partitions. */
const PARTITIONS = 128

/** A broker learns of a new topic a little later. */
const CREATION_WAIT_MS = 10_000
const CREATION_CHECK_MS = 100

/** Creates the topic if it is missing. Resolves to the number of its partitions. */
export async function ensureTopic(admin: Admin, topic: string): Promise<number> {
  const describe = async () => (await admin.describeTopic(topic)).partitions.length
  try {
    return await describe()
  } catch (error) {
    if (!(error instanceof RestError) || error.name !== 'UNKNOWN_TOPIC_OR_PARTITION') {
      throw missingRight(`DESCRIBE on topic ${topic}`, error)
    }
  }
  await needing(
    `CREATE on topic ${topic} (or create it with cleanup.policy=compact)`,
    admin.createCompactedTopic(topic, PARTITIONS),
  )
  const until = performance.now() + CREATION_WAIT_MS
  for (;;) {
    const count = await describe().catch((error: unknown) => {
      if (performance.now() > until) throw error
      return 0
    })
    if (count > 0) return count
    await sleep(CREATION_CHECK_MS)
  }
}

/** Rejects with an error that names the right that a step of the start needs. */
export async function needing<T>(right: string, step: Promise<T>): Promise<T> {
  try {
    return await step
  } catch (error) {
    throw missingRight(right, error)
  }
}

/** The error of a start that needs `right`; retriable errors stay as they are. */
export function missingRight(right: string, error: unknown): Error {
  if (error instanceof RestError && isRetriable(error.name)) return error
  const { message } = error as Error
  return new Error(`sluice.cluster.id needs the right ${right}, and Kafka answered: ${message}`)
}
