/** `rate.limit.…`: the rate of all requests, with a cost for each endpoint, as Confluent's proxy has it. */
import type { Config } from '../config/index.ts'
import { type BucketRate, isUnused, now, rateOf, takeWithin } from './bucket.ts'
import { isUsedUp, takeOfCycles } from './cycles.ts'
import { PLACES, Places } from './places.ts'

/** The keys of the limit. */
export type RequestRateConfig = Pick<
  Config,
  | 'rate.limit.enable'
  | 'rate.limit.backend'
  | 'rate.limit.permits.per.sec'
  | 'rate.limit.per.cluster.permits.per.sec'
  | 'rate.limit.timeout.ms'
  | 'rate.limit.default.cost'
  | 'rate.limit.costs'
>

/** Where the cells of the limit are: that of the process, the hashes of cluster ids, and their states. */
const HASHES = 1
const STATES: number = HASHES + PLACES

/** The cells that the limit uses. */
export const REQUEST_RATE_CELLS: number = STATES + PLACES + 1

/** The permits of the process, or of a cluster id. */
interface Permits {
  readonly perSecond: number
  readonly rate: BucketRate
}

function permitsOf(perSecond: number): Permits {
  return { perSecond, rate: rateOf(perSecond, perSecond) }
}

/**
 * Takes permits of the cluster id in a path, and then of the process. Each cluster id has its own, also one that does not
 * exist. The two backends differ in what they allow after a pause.
 */
export class RequestRate {
  readonly #config: RequestRateConfig
  readonly #cells: BigInt64Array
  readonly #costs: ReadonlyMap<string, number>
  readonly #ofProcess: Permits
  readonly #ofCluster: Permits
  readonly #places: Places

  /**
   * @param cells REQUEST_RATE_CELLS cells, shared by the event loops
   * @param seed see Places
   */
  constructor(config: RequestRateConfig, cells: BigInt64Array, seed: Uint8Array) {
    this.#config = config
    this.#cells = cells
    this.#costs = new Map(config['rate.limit.costs'].map(costOf))
    this.#ofProcess = permitsOf(config['rate.limit.permits.per.sec'])
    this.#ofCluster = permitsOf(config['rate.limit.per.cluster.permits.per.sec'])
    this.#places = new Places(cells.subarray(HASHES, STATES), seed, (place, moment) =>
      this.#hasHistory(STATES + place, moment),
    )
    // Guava keeps the permits of a second, and begins without any.
    if (this.#isGuava) {
      Atomics.compareExchange(cells, 0, 0n, now())
    }
  }

  /** The permits that a request to an endpoint takes: of its name, else of its class, else the default. */
  costOf(name: string, className: string): number {
    return (
      this.#costs.get(name) ?? this.#costs.get(className) ?? this.#config['rate.limit.default.cost']
    )
  }

  /**
   * Takes permits. Returns the time in milliseconds after which they are there; undefined if that is too late.
   *
   * @param clusterId that of the path; undefined for a path without one
   */
  take(permits: number, clusterId?: string, moment: bigint = now()): number | undefined {
    if (clusterId === undefined) return this.#takeAt(0, this.#ofProcess, permits, moment)
    const at = STATES + this.#places.of(clusterId, moment)
    // A bucket begins as that of the process does.
    if (this.#isGuava) Atomics.compareExchange(this.#cells, at, 0n, moment)
    const ofCluster = this.#takeAt(at, this.#ofCluster, permits, moment)
    if (ofCluster === undefined) return undefined
    const ofProcess = this.#takeAt(0, this.#ofProcess, permits, moment)
    return ofProcess === undefined ? undefined : Math.max(ofCluster, ofProcess)
  }

  get #isGuava(): boolean {
    return this.#config['rate.limit.backend'] === 'guava'
  }

  #takeAt(at: number, { perSecond, rate }: Permits, permits: number, moment: bigint) {
    const patienceMs = this.#config['rate.limit.timeout.ms']
    return this.#isGuava
      ? takeWithin(this.#cells, at, rate, permits, patienceMs, moment)
      : takeOfCycles(this.#cells, at, perSecond, permits, patienceMs, moment)
  }

  #hasHistory(at: number, moment: bigint): boolean {
    return this.#isGuava
      ? !isUnused(this.#cells, at, this.#ofCluster.rate.burst, moment)
      : isUsedUp(this.#cells, at, this.#ofCluster.perSecond, moment)
  }
}

/** A valid item of `rate.limit.costs`. */
function costOf(item: string): [name: string, cost: number] {
  const at = item.lastIndexOf('=')
  return [item.slice(0, at), Number(item.slice(at + 1))]
}
