/** The number of event loops. */
import { availableParallelism } from 'node:os'
import type { Config } from '../config/index.ts'

/**
 * `sluice.http.threads`; by default half of the cores, which leaves the other half to the threads of the engine and of
 * librdkafka (docs/benchmarks.md).
 */
export function threadsOf(config: Config, cores = availableParallelism()): number {
  const threads = config['sluice.http.threads']
  return threads === 'auto' ? Math.max(1, Math.floor(cores / 2)) : threads
}
