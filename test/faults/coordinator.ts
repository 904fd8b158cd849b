/** Which broker coordinates a group: the leader of the group's partition of the offsets topic. */
import { connectedProducer, disconnect, topicMetadata } from '../cluster/rdkafka-client.ts'

const OFFSETS_TOPIC = '__consumer_offsets'

/** The broker's id; undefined while the partition has no leader. */
export async function coordinatorOf(
  bootstrapServers: string,
  group: string,
): Promise<number | undefined> {
  const client = await connectedProducer(bootstrapServers)
  try {
    const metadata = await topicMetadata(client, OFFSETS_TOPIC)
    const partitions = metadata?.partitions ?? []
    if (partitions.length === 0) return undefined
    const wanted = Math.abs(javaHash(group)) % partitions.length
    const leader = partitions.find(({ id }) => id === wanted)?.leader ?? -1
    return leader < 0 ? undefined : leader
  } finally {
    await disconnect(client)
  }
}

/** Java's String.hashCode, by which Kafka chooses the partition. */
function javaHash(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) {
    hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0
  }
  return hash
}
