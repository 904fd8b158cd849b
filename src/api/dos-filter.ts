/**
 * `dos.filter.…`: requests above a limit are refused or delayed, as Jetty's DoS filter does for Confluent's proxy. A delayed
 * request waits with its body unread, takes one of few passes, and gives it back when it is over.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Config, networksTest } from '../config/index.ts'
import { RestError } from '../errors.ts'
import type { RequestFilter } from '../http/dispatch.ts'
import type { Exchange } from '../http/exchange.ts'
import { now } from '../limits/bucket.ts'
import type { DosLimit } from '../limits/dos-limits.ts'
import type { Passes } from '../limits/passes.ts'
import { isHealthy, isReady } from './operations.ts'

/** Exchanges of all services: the filter does not depend on them. */
type FilteredExchange = Pick<
  Exchange<never>,
  'clientAddress' | 'addedLines' | 'isOver' | 'fail' | 'guard'
> & { readonly route?: unknown }

/** The keys of the filter besides its limits. */
export type DosFilterConfig = Pick<
  Config,
  | 'dos.filter.delay.ms'
  | 'dos.filter.max.wait.ms'
  | 'dos.filter.throttle.ms'
  | 'dos.filter.max.requests.ms'
  | 'dos.filter.insert.headers'
  | 'dos.filter.ip.whitelist'
>

/** What a request holds until it is over. */
interface Holding {
  readonly passes: Passes[]
  timer: NodeJS.Timeout | undefined
}

/** A load balancer that cannot ask sends requests nowhere: then the filter would make the outage that it is against. */
const PROBES: ReadonlySet<unknown> = new Set([isHealthy, isReady])

/** The limits are of a second. */
const RETRY = { retryAfterSeconds: 1 }

/** The filter of an event loop. */
export class DosFilter implements RequestFilter<never> {
  readonly #config: DosFilterConfig
  readonly #limits: readonly DosLimit[]
  readonly #isExempt: (address: string) => boolean
  readonly #holdings = new Map<FilteredExchange, Holding>()

  /** @param limits in the order in which they apply */
  constructor(config: DosFilterConfig, limits: readonly DosLimit[]) {
    this.#config = config
    this.#limits = limits
    this.#isExempt = networksTest(config['dos.filter.ip.whitelist'])
  }

  /** Throws, or rejects with, 429 or 503. */
  admit(exchange: FilteredExchange): void | Promise<void> {
    // No end will be told of an exchange that is over: it would hold its pass for ever.
    if (exchange.isOver || PROBES.has(exchange.route)) return
    if (this.#isExempt(exchange.clientAddress)) return
    this.#holdings.set(exchange, { passes: [], timer: undefined })
    return this.#pass(exchange, 0)
  }

  onOver(exchange: FilteredExchange): void {
    const holding = this.#holdings.get(exchange)
    if (!holding) return
    this.#holdings.delete(exchange)
    clearTimeout(holding.timer)
    for (const passes of holding.passes) passes.release()
  }

  /** Applies the limits from `index` on. */
  #pass(exchange: FilteredExchange, index: number): void | Promise<void> {
    for (const [at, limit] of this.#limits.entries()) {
      if (at < index || !limit.count(exchange.clientAddress, now())) continue
      return this.#slowDown(exchange, limit).then(() => this.#pass(exchange, at + 1))
    }
    this.#limitTime(exchange)
  }

  async #slowDown(exchange: FilteredExchange, limit: DosLimit): Promise<void> {
    const delayMs = this.#config['dos.filter.delay.ms']
    if (delayMs < 0) throw this.#refusal(exchange, 'RATE_LIMITED', limit)
    if (delayMs > 0) {
      this.#tell(exchange, 'delayed')
      await sleep(delayMs)
    }
    if (!(await this.#takePass(exchange, limit.passes))) {
      throw this.#refusal(exchange, 'OUT_OF_TIME', limit)
    }
    const holding = this.#holdings.get(exchange)
    // A client that left while its request waited has no use for the pass.
    if (holding) holding.passes.push(limit.passes)
    else limit.passes.release()
  }

  /** The last of the three waits is that of a request which finds no pass at the end of its throttling. */
  async #takePass(exchange: FilteredExchange, passes: Passes): Promise<boolean> {
    const firstMs = this.#config['dos.filter.max.wait.ms']
    const throttleMs = this.#config['dos.filter.throttle.ms']
    if (await passes.take(firstMs)) return true
    if (throttleMs === 0) return false
    this.#tell(exchange, 'throttled')
    return passes.take(throttleMs + firstMs)
  }

  #limitTime(exchange: FilteredExchange): void {
    const holding = this.#holdings.get(exchange)
    if (!holding) return
    const maxMs = this.#config['dos.filter.max.requests.ms']
    const error = `The request took longer than dos.filter.max.requests.ms=${maxMs}.`
    holding.timer = setTimeout(() => {
      exchange.guard(() => exchange.fail(new RestError('OUT_OF_TIME', error)))
    }, maxMs)
  }

  #refusal(
    exchange: FilteredExchange,
    name: 'RATE_LIMITED' | 'OUT_OF_TIME',
    { key, perSecond }: DosLimit,
  ): RestError {
    this.#tell(exchange, 'unavailable')
    return new RestError(
      name,
      `Request rate limit exceeded: ${key} allows ${perSecond} requests per second; try again after 1 s.`,
      RETRY,
    )
  }

  #tell(exchange: FilteredExchange, what: 'delayed' | 'throttled' | 'unavailable'): void {
    if (this.#config['dos.filter.insert.headers']) exchange.addedLines += `\r\nDoSFilter: ${what}`
  }
}
