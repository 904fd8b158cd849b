/** The limits of rates of a process, in memory that its event loops share. */
import { randomBytes } from 'node:crypto'
import { type Config, type Limit, parseLimits } from '../config/index.ts'
import { CallerLimits, cellsOfLimits } from './caller-limits.ts'
import { cellsOfDosLimits, type DosLimit, dosLimitsOf } from './dos-limits.ts'
import { cellsOfNetworkRate, NetworkRate } from './network-rate.ts'
import { REQUEST_RATE_CELLS, RequestRate } from './request-rate.ts'

/** 32 random bytes. */
const SEED_CELLS = 4

/** Each event loop has its own object on the same memory. */
export class ProcessLimits {
  /** Can be given to other threads. */
  readonly memory: SharedArrayBuffer
  /** Random bytes that all event loops of the process have. */
  readonly secret: Uint8Array
  /** Undefined without `rate.limit.enable`. */
  readonly requestRate: RequestRate | undefined
  /** Undefined without `sluice.limits`. */
  readonly callers: CallerLimits | undefined
  /** Undefined without `dos.filter.enabled`. */
  readonly dos: readonly DosLimit[] | undefined
  /** Undefined without `network.traffic.rate.limit.enable`. */
  readonly network: NetworkRate | undefined

  /** @param memory that of another object of the same configuration */
  constructor(config: Config, memory?: SharedArrayBuffer) {
    const limits = parseLimits(config['sluice.limits'])
    this.memory = memory ?? seededMemory(config, limits)
    const cells = new BigInt64Array(this.memory)
    const seed = new Uint8Array(Buffer.from(this.memory, 0, SEED_CELLS * cells.BYTES_PER_ELEMENT))
    this.secret = seed
    const ofRate = cells.subarray(SEED_CELLS, SEED_CELLS + REQUEST_RATE_CELLS)
    const callersAt = SEED_CELLS + REQUEST_RATE_CELLS
    const dosAt = callersAt + cellsOfLimits(limits)
    if (config['rate.limit.enable']) this.requestRate = new RequestRate(config, ofRate, seed)
    if (limits.length > 0) {
      this.callers = new CallerLimits(limits, cells.subarray(callersAt, dosAt), seed)
    }
    const networkAt = dosAt + cellsOfDos(config)
    if (config['dos.filter.enabled']) {
      this.dos = dosLimitsOf(config, cells.subarray(dosAt, networkAt), seed)
    }
    if (config['network.traffic.rate.limit.enable']) {
      this.network = new NetworkRate(config, cells.subarray(networkAt))
    }
  }

  /** Whether a limit depends on the addresses of clients. */
  get usesAddresses(): boolean {
    return this.callers?.usesAddresses === true || this.dos !== undefined
  }

  /** Whether the configuration has no limit of a rate, apart from those of the DoS filter. */
  get isEmpty(): boolean {
    return this.requestRate === undefined && this.callers === undefined
  }
}

function cellsOfDos(config: Config): number {
  return config['dos.filter.enabled'] ? cellsOfDosLimits(config) : 0
}

function seededMemory(config: Config, limits: readonly Limit[]): SharedArrayBuffer {
  const ofNetwork = config['network.traffic.rate.limit.enable'] ? cellsOfNetworkRate(config) : 0
  const cells =
    SEED_CELLS + REQUEST_RATE_CELLS + cellsOfLimits(limits) + cellsOfDos(config) + ofNetwork
  const memory = new SharedArrayBuffer(cells * BigInt64Array.BYTES_PER_ELEMENT)
  const seed = new Uint8Array(memory, 0, SEED_CELLS * BigInt64Array.BYTES_PER_ELEMENT)
  seed.set(randomBytes(seed.length))
  return memory
}
