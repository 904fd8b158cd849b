/** The admission of requests within the limits of rates. */
import { setTimeout as sleep } from 'node:timers/promises'
import { RestError } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Caller, CallerLimits, Exceeded } from '../limits/caller-limits.ts'
import type { ProcessLimits } from '../limits/process-limits.ts'
import type { RequestRate } from '../limits/request-rate.ts'
import { clusterIdOf, topicOf } from './access-control.ts'
import { classOf, isOfOperators } from './resource-names.ts'

/** Exchanges of all services: limits do not depend on them. */
type AnyExchange = Pick<
  Exchange<never>,
  | 'principal'
  | 'clientAddress'
  | 'route'
  | 'params'
  | 'contentType'
  | 'accepted'
  | 'contentLength'
  | 'bytes'
  | 'receivedBytes'
  | 'stream'
>

/** Applies the limits of the process to requests whose principal is known. */
export class LimitedAdmission {
  readonly #requestRate: RequestRate | undefined
  readonly #callers: CallerLimits | undefined
  /** The bytes of open streams that were counted. */
  readonly #counted = new WeakMap<AnyExchange, number>()

  constructor({ requestRate, callers }: ProcessLimits) {
    this.#requestRate = requestRate
    this.#callers = callers
  }

  /** Throws a RestError for a request above a limit. Returns a promise if the request waits for permits, which then may not reject. */
  admit(exchange: AnyExchange): void | Promise<void> {
    const exceeded = this.#callers?.admit(callerOf(exchange), announcedBytes(exchange))
    if (exceeded) throw errorOf(exceeded)
    return this.#takePermits(exchange)
  }

  /** Counts the bytes of an admitted request that is over. Undefined if no limit counts them. */
  get onOver(): ((exchange: AnyExchange) => void) | undefined {
    const callers = this.#callers
    if (!callers?.countsBytes) return undefined
    return (exchange) => {
      const counted = this.#counted.get(exchange)
      const unannounced = Math.max(0, exchange.receivedBytes - announcedBytes(exchange))
      const uncounted =
        counted === undefined
          ? unannounced + exchange.bytes
          : Math.max(0, exchange.receivedBytes + exchange.bytes - counted)
      callers.addBytes(callerOf(exchange), uncounted)
    }
  }

  /**
   * Returns the meter of a request that lasts for long: it counts the bytes since its last call, and returns the time in
   * milliseconds for which the request has to wait. Undefined if no limit counts bytes.
   */
  meterOf(exchange: AnyExchange): (() => number) | undefined {
    const callers = this.#callers
    if (!callers?.countsBytes) return undefined
    const caller = callerOf(exchange)
    this.#counted.set(exchange, announcedBytes(exchange))
    return () => {
      const counted = this.#counted.get(exchange) ?? 0
      const all = exchange.receivedBytes + (exchange.stream?.bytes ?? 0)
      if (all > counted) {
        callers.addBytes(caller, all - counted)
        this.#counted.set(exchange, all)
      }
      return callers.waitForBytes(caller)
    }
  }

  #takePermits({ route, contentType, accepted, params }: AnyExchange): void | Promise<void> {
    const name = route?.resource?.nameOf({ contentType, accepted })
    // Probes and monitoring take no permits of clients.
    if (!this.#requestRate || name === undefined || isOfOperators(name)) return undefined
    // Their records have limits of their own.
    if (/^api\.v3\.(batch-)?produce\./.test(name)) return undefined
    const cost = this.#requestRate.costOf(name, classOf(name))
    if (cost === 0) return undefined
    const waitMs = this.#requestRate.take(cost, route && clusterIdOf(route, params))
    if (waitMs === undefined) throw new RestError('RATE_LIMITED')
    return waitMs > 0 ? sleep(waitMs) : undefined
  }
}

/** A stream has no largest length, and may never send what it announces: it pays for its bytes as they come. */
function announcedBytes({ route, contentLength }: AnyExchange): number {
  return route?.body === 'duplex' ? 0 : Number(contentLength)
}

function callerOf({ principal, clientAddress: address, route, params }: AnyExchange): Caller {
  return { principal, address, topic: route && topicOf(route, params) }
}

/** Names the limit, and not its subject, which the caller knows. */
function errorOf({ limit, waitMs }: Exceeded): RestError {
  const { subject, unit, perSecond } = limit
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new RestError(
    'RATE_LIMITED',
    `Request rate limit exceeded: sluice.limits allows this ${subject} ${perSecond} ${unit} per second; ` +
      `try again after ${seconds} s.`,
    { retryAfterSeconds: seconds },
  )
}
