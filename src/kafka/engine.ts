/** The settings of the engine, which apply to the whole process. */
import { availableParallelism } from 'node:os'
import type { Config } from '../config/index.ts'
import { recordErrors } from './errors.ts'
import { native } from './native.ts'

/** Sets the engine's limits, numbers of threads and texts of errors. Called once, before a client is created. */
export function configureEngine(config: Config): void {
  const cores = availableParallelism()
  const threads = config['consumer.threads']
  // A consumer thread never waits: more threads than cores would only compete.
  const consumerThreads = threads > 0 ? Math.min(threads, cores) : cores
  const parseThreads = config['sluice.produce.threads'] || Math.max(1, Math.floor(cores / 2))
  native.configure(
    config['sluice.request.arriving.max.bytes'],
    config['sluice.produce.inflight.max.bytes'],
    config['sluice.consume.buffered.max.bytes'],
    consumerThreads,
    parseThreads,
    config['sluice.consumer.instances.max'],
    config['sluice.schema.max.bytes'],
    config['sluice.metrics.consumer.lag.partitions.max'],
    config['sluice.kafka.identity.clients.max'],
    config['sluice.kafka.identity.idle.ms'],
    config['sluice.metrics.brokers.max'],
  )
  const errors = recordErrors()
  native.setErrorTable(
    Int32Array.from(errors, ([code]) => code),
    Int32Array.from(errors, ([, restCode]) => restCode),
    errors.map(([, , text]) => text),
  )
}
