/** `rate.limit.…`: the rate of all requests, with a cost for each endpoint, as Confluent's proxy has it. */
import type { Config } from '../config/index.ts'
import { type BucketRate, now, rateOf, takeWithin } from './bucket.ts'
import { takeOfCycles } from './cycles.ts'

/** The keys of the limit. */
export type RequestRateConfig = Pick<
  Config,
  | 'rate.limit.enable'
  | 'rate.limit.backend'
  | 'rate.limit.permits.per.sec'
  | 'rate.limit.timeout.ms'
  | 'rate.limit.default.cost'
  | 'rate.limit.costs'
>

/** The cells that the limit uses. */
export const REQUEST_RATE_CELLS = 1

/** Takes permits of the process. The two backends differ in what they allow after a pause. */
export class RequestRate {
  readonly #config: RequestRateConfig
  readonly #cells: BigInt64Array
  readonly #costs: ReadonlyMap<string, number>
  readonly #rate: BucketRate

  /** @param cells REQUEST_RATE_CELLS cells, shared by the event loops */
  constructor(config: RequestRateConfig, cells: BigInt64Array) {
    this.#config = config
    this.#cells = cells
    this.#costs = new Map(config['rate.limit.costs'].map(costOf))
    const permits = config['rate.limit.permits.per.sec']
    // Guava keeps the permits of a second, and begins without any.
    this.#rate = rateOf(permits, permits)
    if (config['rate.limit.backend'] === 'guava') {
      Atomics.compareExchange(cells, 0, 0n, now())
    }
  }

  /** The permits that a request to an endpoint takes: of its name, else of its class, else the default. */
  costOf(name: string, className: string): number {
    return (
      this.#costs.get(name) ?? this.#costs.get(className) ?? this.#config['rate.limit.default.cost']
    )
  }

  /** Takes permits. Returns the time in milliseconds after which they are there; undefined if that is too late. */
  take(permits: number, moment: bigint = now()): number | undefined {
    const patienceMs = this.#config['rate.limit.timeout.ms']
    const perSecond = this.#config['rate.limit.permits.per.sec']
    return this.#config['rate.limit.backend'] === 'guava'
      ? takeWithin(this.#cells, 0, this.#rate, permits, patienceMs, moment)
      : takeOfCycles(this.#cells, 0, perSecond, permits, patienceMs, moment)
  }
}

/** A valid item of `rate.limit.costs`. */
function costOf(item: string): [name: string, cost: number] {
  const at = item.lastIndexOf('=')
  return [item.slice(0, at), Number(item.slice(at + 1))]
}
