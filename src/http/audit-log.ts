/**
 * The audit log of an event loop: requests that were refused for credentials or rights, and those that change something for
 * all clients. It derives from the responses, so that no refusal is forgotten. A flood of refusals is cut and counted: it must
 * not fill the disk.
 */
import type { LineSink } from '../line-output.ts'
import type { Exchange } from './exchange.ts'

/** The kinds of lines. */
export type AuditEvent = 'authentication' | 'access' | 'change'

/** The limits of an audit log, and the counter of what exceeds them. */
export interface AuditLimits {
  /** `sluice.audit.log.max.per.second`: the most lines of a kind in a second. */
  readonly maxPerSecond: number
  /** Called for each line that is left out. */
  onOmitted(): void
}

const WINDOW_MS = 1000

/** The lines of a kind in the present second. */
interface Window {
  written: number
  omitted: number
}

/** See the top of this file. */
export class AuditLog {
  readonly #sink: LineSink
  readonly #limits: AuditLimits
  readonly #windows: Readonly<Record<AuditEvent, Window>> = {
    authentication: { written: 0, omitted: 0 },
    access: { written: 0, omitted: 0 },
    change: { written: 0, omitted: 0 },
  }
  #timer: NodeJS.Timeout | undefined

  constructor(sink: LineSink, limits: AuditLimits) {
    this.#sink = sink
    this.#limits = limits
  }

  /** Writes the line of a request that is over, if its outcome belongs to the audit log. */
  onOver(exchange: Exchange<never>, isAborted: boolean): void {
    const event = eventOf(exchange)
    if (event === undefined || !this.#hasRoom(event)) return
    this.#write({
      event,
      requestId: exchange.id,
      client: exchange.clientAddress,
      ...(exchange.principal === undefined ? {} : { principal: exchange.principal }),
      ...(exchange.forwardedBy === undefined ? {} : { forwardedBy: exchange.forwardedBy }),
      method: exchange.method,
      path: exchange.path,
      ...(exchange.route === undefined ? {} : { operation: exchange.route.operationId }),
      status: exchange.status,
      ...reasonOf(exchange),
      ...(isAborted ? { aborted: true } : {}),
    })
  }

  #write(fields: Record<string, unknown>): void {
    this.#sink.write(`${JSON.stringify({ time: new Date().toISOString(), ...fields })}\n`)
  }

  #hasRoom(event: AuditEvent): boolean {
    const window = this.#windows[event]
    this.#timer ??= setTimeout(() => this.#closeWindows(), WINDOW_MS).unref()
    if (window.written < this.#limits.maxPerSecond) {
      window.written++
      return true
    }
    window.omitted++
    this.#limits.onOmitted()
    return false
  }

  #closeWindows(): void {
    this.#timer = undefined
    for (const [event, window] of Object.entries(this.#windows)) {
      if (window.omitted > 0) this.#write({ event: 'omitted', of: event, lines: window.omitted })
      window.written = 0
      window.omitted = 0
    }
  }
}

function eventOf(exchange: Exchange<never>): AuditEvent | undefined {
  const { errorName, route, withdrawal } = exchange
  // A response that has begun keeps its status.
  const status = withdrawal?.status ?? exchange.status
  if (status === 401 || errorName === 'TOO_MANY_LOGINS') return 'authentication'
  if (status === 403) return 'access'
  return route?.isAudited ? 'change' : undefined
}

/** `withdrawn` tells that records of the request may have been written before. */
function reasonOf({ errorName, withdrawal }: Exchange<never>): object {
  if (withdrawal) return { reason: withdrawal.name, withdrawn: true }
  return errorName === undefined ? {} : { reason: errorName }
}
