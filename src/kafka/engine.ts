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
  limitRecordRates(config)
  const errors = recordErrors()
  native.setErrorTable(
    Int32Array.from(errors, ([code]) => code),
    Int32Array.from(errors, ([, restCode]) => restCode),
    Int32Array.from(errors, ([, , , streamCode]) => streamCode),
    errors.map(([, , text]) => text),
  )
}

/** `api.v3.produce.rate.limit.…`, which the engine applies: it has the records of all event loops. */
function limitRecordRates(config: Config): void {
  if (!config['rate.limit.enable'] || !config['api.v3.produce.rate.limit.enabled']) return
  native.limitRecordRates(
    config['api.v3.produce.rate.limit.max.requests.global.per.sec'],
    config['api.v3.produce.rate.limit.max.bytes.global.per.sec'],
    config['api.v3.produce.rate.limit.max.requests.per.sec'],
    config['api.v3.produce.rate.limit.max.bytes.per.sec'],
    config['rate.limit.backend'] === 'guava',
    config['rate.limit.timeout.ms'],
  )
}
