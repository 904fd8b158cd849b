/** The partition of a consumer instance. */

const SEED = 0x9747b28c
const M = 0x5bd1e995

/**
 * Returns the key of an instance in the topic of descriptions: the JSON array of group and name. The key determines the
 * partition, so that all versions of Sluice must agree on it.
 */
export function keyOf(group: string, name: string): string {
  return JSON.stringify([group, name])
}

/** Returns the partition of a key as Kafka's default partitioner chooses it: murmur2 of its UTF-8 bytes. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions
}

/** Kafka's variant of murmur2. */
export function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const whole = bytes.length & ~3
  let hash = SEED ^ bytes.length
  for (let at = 0; at < whole; at += 4) {
    let k = Math.imul(view.getInt32(at, true), M)
    k = Math.imul(k ^ (k >>> 24), M)
    hash = Math.imul(hash, M) ^ k
  }
  const rest = bytes.length - whole
  if (rest > 0) {
    for (let at = rest - 1; at >= 0; at--) hash ^= (bytes[whole + at] as number) << (8 * at)
    hash = Math.imul(hash, M)
  }
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}
