/** The numbers of threads that the configuration leaves to the machine. */
import { availableParallelism } from 'node:os'

/**
 * The value of `sluice.http.threads` or `sluice.schema.threads`; for `auto` half of the cores, which leaves the other half
 * to the threads of the engine and of librdkafka (docs/benchmarks.md).
 */
export function threadsOf(threads: number | 'auto', cores = availableParallelism()): number {
  return threads === 'auto' ? Math.max(1, Math.floor(cores / 2)) : threads
}
