/** `sluice.limits`: the rates of requests and bytes of principals, addresses and topics. */
import { type Limit, networkOf } from '../config/index.ts'
import { type BucketRate, charge, now, rateOf, waitOf } from './bucket.ts'
import { BucketTable, TABLE_CELLS } from './bucket-table.ts'

/** The request of a caller. */
export interface Caller {
  /** Undefined for one that is not authenticated: all of these share a bucket. */
  readonly principal: string | undefined
  readonly address: string
  /** Undefined if the path of the request names none. */
  readonly topic: string | undefined
}

/** A limit that a request has exceeded. */
export interface Exceeded {
  readonly limit: Limit
  /** After this time a request is possible, if no other one comes before. */
  readonly waitMs: number
}

/** Returns the number of cells that the limits use. */
export function cellsOfLimits(limits: readonly Limit[]): number {
  return limits.reduce((sum, { name }) => sum + (name === undefined ? TABLE_CELLS : 1), 0)
}

/** Applies the limits. A request is possible while nothing that it draws on is in debt. */
export class CallerLimits {
  /** Whether a limit depends on addresses. */
  readonly usesAddresses: boolean
  /** Whether a limit counts bytes. */
  readonly countsBytes: boolean
  readonly #meters: readonly Meter[]

  /**
   * @param cells cellsOfLimits() cells, shared by the event loops
   * @param seed see BucketTable
   */
  constructor(limits: readonly Limit[], cells: BigInt64Array, seed: Uint8Array) {
    let at = 0
    this.#meters = limits.map((limit) => {
      const size = cellsOfLimits([limit])
      const own = cells.subarray(at, at + size)
      at += size
      const others = limits.filter(
        ({ subject, name, unit }) =>
          subject === limit.subject && unit === limit.unit && name !== undefined,
      )
      const exempt = new Set(others.map(({ name }) => name as string))
      return limit.name === undefined
        ? new MeterOfEach(limit, new BucketTable(own, seed, bucketRateOf(limit)), exempt)
        : new MeterOfOne(limit, own)
    })
    this.usesAddresses = limits.some(({ subject }) => subject === 'address')
    this.countsBytes = limits.some(({ unit }) => unit === 'bytes')
  }

  /** Counts a request, with the bytes that its head announces. Returns the limit that it exceeds; then it does not count. */
  admit(caller: Caller, announcedBytes: number, moment: bigint = now()): Exceeded | undefined {
    let worst: Exceeded | undefined
    for (const meter of this.#meters) {
      const waitMs = meter.waitOf(caller, moment)
      if (waitMs > (worst?.waitMs ?? 0)) worst = { limit: meter.limit, waitMs }
    }
    if (worst) return worst
    for (const meter of this.#meters) {
      meter.charge(caller, meter.limit.unit === 'requests' ? 1 : announcedBytes, moment)
    }
    return undefined
  }

  /** The time in milliseconds until the limits of bytes that concern a caller are not in debt; 0 if none is. */
  waitForBytes(caller: Caller, moment: bigint = now()): number {
    const ofBytes = this.#meters.filter(({ limit }) => limit.unit === 'bytes')
    return Math.max(0, ...ofBytes.map((meter) => meter.waitOf(caller, moment)))
  }

  /** Counts bytes of a request that was admitted. */
  addBytes(caller: Caller, bytes: number, moment: bigint = now()): void {
    for (const meter of this.#meters) {
      if (meter.limit.unit === 'bytes') meter.charge(caller, bytes, moment)
    }
  }
}

/** Counts for a limit. */
interface Meter {
  readonly limit: Limit
  waitOf(caller: Caller, moment: bigint): number
  charge(caller: Caller, tokens: number, moment: bigint): void
}

/** The limit of one principal, address or topic. */
class MeterOfOne implements Meter {
  readonly limit: Limit
  readonly #cells: BigInt64Array
  readonly #rate: BucketRate

  constructor(limit: Limit, cells: BigInt64Array) {
    this.limit = limit
    this.#cells = cells
    this.#rate = bucketRateOf(limit)
  }

  waitOf(caller: Caller, moment: bigint): number {
    return this.#concerns(caller) ? waitOf(this.#cells, 0, moment) : 0
  }

  charge(caller: Caller, tokens: number, moment: bigint): void {
    if (this.#concerns(caller)) charge(this.#cells, 0, this.#rate, tokens, moment)
  }

  #concerns(caller: Caller): boolean {
    return nameOf(this.limit, caller) === this.limit.name
  }
}

/** The limit that each principal, address or topic has, except for those with limits of their own. */
class MeterOfEach implements Meter {
  readonly limit: Limit
  readonly #table: BucketTable
  readonly #exempt: ReadonlySet<string>

  constructor(limit: Limit, table: BucketTable, exempt: ReadonlySet<string>) {
    this.limit = limit
    this.#table = table
    this.#exempt = exempt
  }

  waitOf(caller: Caller, moment: bigint): number {
    const key = this.#keyOf(caller)
    return key === undefined ? 0 : this.#table.waitOf(key, moment)
  }

  charge(caller: Caller, tokens: number, moment: bigint): void {
    const key = this.#keyOf(caller)
    if (key !== undefined) this.#table.charge(key, tokens, moment)
  }

  #keyOf(caller: Caller): string | undefined {
    const name = nameOf(this.limit, caller)
    if (name === undefined || this.#exempt.has(name)) return undefined
    return this.limit.subject === 'address' ? networkOf(name) : name
  }
}

function nameOf({ subject }: Limit, { principal, address, topic }: Caller): string | undefined {
  if (subject === 'principal') return principal ?? ''
  return subject === 'address' ? address : topic
}

/** A bucket gives as long as it is not in debt: the last one of a burst is given on credit. */
function bucketRateOf({ unit, perSecond, burst }: Limit): BucketRate {
  return rateOf(perSecond, unit === 'requests' ? burst - 1 : burst)
}
