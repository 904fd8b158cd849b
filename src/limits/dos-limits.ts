/** `dos.filter.…`: the limits of the DoS filter, in memory that the event loops of a process share. */
import { type Config, networkOf } from '../config/index.ts'
import { PASS_CELLS, Passes } from './passes.ts'
import { RequestRing, RequestRings } from './recent-requests.ts'

/** The keys with the limits. */
export type DosLimitConfig = Pick<
  Config,
  | 'dos.filter.max.requests.per.sec'
  | 'dos.filter.max.requests.per.connection.per.sec'
  | 'dos.filter.throttled.requests'
>

/** A limit of requests per second, and the passes of requests above it. */
export interface DosLimit {
  /** The key with the number. */
  readonly key: keyof DosLimitConfig
  readonly perSecond: number
  readonly passes: Passes
  /** Counts a request from an address. Returns whether it is above the limit. */
  count(address: string, moment: bigint): boolean
}

const OF_ADDRESS = 'dos.filter.max.requests.per.connection.per.sec'
const OF_PROCESS = 'dos.filter.max.requests.per.sec'
const PASSES = 'dos.filter.throttled.requests'

/** Returns the number of cells that the limits use. */
export function cellsOfDosLimits(config: DosLimitConfig): number {
  return (
    2 * PASS_CELLS +
    new RequestRing(config[OF_PROCESS]).cells +
    RequestRings.cellsFor(config[OF_ADDRESS])
  )
}

/**
 * Returns the limits in the order in which they apply: that of each address, and that of the process. An IPv6 address stands
 * for its first 64 bits.
 *
 * @param cells cellsOfDosLimits() cells
 * @param seed see Places
 */
export function dosLimitsOf(
  config: DosLimitConfig,
  cells: BigInt64Array,
  seed: Uint8Array,
): readonly DosLimit[] {
  const passes = (at: number) => new Passes(config[PASSES], cells.subarray(at, at + PASS_CELLS))
  const ring = new RequestRing(config[OF_PROCESS])
  const ofProcess = cells.subarray(2 * PASS_CELLS)
  const rings = new RequestRings(config[OF_ADDRESS], ofProcess.subarray(ring.cells), seed)
  return [
    {
      key: OF_ADDRESS,
      perSecond: config[OF_ADDRESS],
      passes: passes(0),
      count: (address, moment) => rings.count(networkOf(address), moment),
    },
    {
      key: OF_PROCESS,
      perSecond: config[OF_PROCESS],
      passes: passes(PASS_CELLS),
      count: (_, moment) => ring.count(ofProcess, 0, moment),
    },
  ]
}
