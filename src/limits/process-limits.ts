/** The limits of rates of a process, in memory that its event loops share. */
import { randomBytes } from 'node:crypto'
import { type Config, type Limit, parseLimits } from '../config/index.ts'
import { CallerLimits, cellsOfLimits } from './caller-limits.ts'
import { REQUEST_RATE_CELLS, RequestRate } from './request-rate.ts'

/** 32 random bytes. */
const SEED_CELLS = 4

/** Each event loop has its own object on the same memory. */
export class ProcessLimits {
  /** Can be given to other threads. */
  readonly memory: SharedArrayBuffer
  /** Undefined without `rate.limit.enable`. */
  readonly requestRate: RequestRate | undefined
  /** Undefined without `sluice.limits`. */
  readonly callers: CallerLimits | undefined

  /** @param memory that of another object of the same configuration */
  constructor(config: Config, memory?: SharedArrayBuffer) {
    const limits = parseLimits(config['sluice.limits'])
    this.memory = memory ?? seededMemory(limits)
    const cells = new BigInt64Array(this.memory)
    const seed = new Uint8Array(Buffer.from(this.memory, 0, SEED_CELLS * cells.BYTES_PER_ELEMENT))
    const ofRate = cells.subarray(SEED_CELLS, SEED_CELLS + REQUEST_RATE_CELLS)
    const ofCallers = cells.subarray(SEED_CELLS + REQUEST_RATE_CELLS)
    if (config['rate.limit.enable']) this.requestRate = new RequestRate(config, ofRate)
    if (limits.length > 0) this.callers = new CallerLimits(limits, ofCallers, seed)
  }

  /** Whether a limit depends on the addresses of clients. */
  get usesAddresses(): boolean {
    return this.callers?.usesAddresses === true
  }

  /** Whether the configuration has no limit of a rate. */
  get isEmpty(): boolean {
    return this.requestRate === undefined && this.callers === undefined
  }
}

function seededMemory(limits: readonly Limit[]): SharedArrayBuffer {
  const cells = SEED_CELLS + REQUEST_RATE_CELLS + cellsOfLimits(limits)
  const memory = new SharedArrayBuffer(cells * BigInt64Array.BYTES_PER_ELEMENT)
  const seed = new Uint8Array(memory, 0, SEED_CELLS * BigInt64Array.BYTES_PER_ELEMENT)
  seed.set(randomBytes(seed.length))
  return memory
}
