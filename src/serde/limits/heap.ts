/** The share of a thread's heap that the work on one value may take. */
import { resourceLimits } from 'node:worker_threads'

/** The heap of a thread without a limit: the default of `sluice.schema.heap.max.bytes`. */
const DEFAULT_MIB = 256
/** The rest is for compiled schemas, for Node.js, and for the garbage of earlier values. */
const SHARE = 5 / 8
const MIB = 1024 * 1024

/**
 * The estimated bytes of all objects that the work on one value may have at the same time. It follows from
 * `sluice.schema.heap.max.bytes`. Above it a value is refused; without the limit it would end its thread.
 */
export const MAX_VALUE_HEAP = SHARE * MIB * (resourceLimits.maxOldGenerationSizeMb ?? DEFAULT_MIB)

/** The bytes for messages: `96 MiB`. */
export function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / MIB)} MiB`
}
