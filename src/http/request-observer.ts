/** Observes the requests of an event loop: counts them in the metrics, and writes the logs about them. */
import { RestError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type LoopCounters, NO_OPERATION } from '../loop-counters.ts'
import type { AuditLog } from './audit-log.ts'
import type { Observer } from './dispatch.ts'
import type { Exchange } from './exchange.ts'
import { identityOf, jsonRequestLog, type LogRequest } from './request-log.ts'

/** What is observed beside the metrics. */
export interface RequestObserverOptions {
  /** The request log; undefined without `sluice.log.requests`. */
  readonly requestLog: LogRequest | undefined
  /** Undefined without `sluice.audit.log`. */
  readonly auditLog: AuditLog | undefined
  /** `use.custom.request.logging`: whether lines at the level `trace` have error codes. */
  readonly logsErrors: boolean
  /** `debug`: whether a client gets the stack of an unexpected error. */
  readonly showsStacks: boolean
}

/** The observer of all requests of an event loop. */
export class RequestObserver<Services> implements Observer<Services> {
  readonly #log: Logger
  readonly #counters: LoopCounters
  readonly #options: RequestObserverOptions
  /** Of all requests: the request log, or at the level `trace` lines of the log. */
  readonly #logRequest: LogRequest | undefined
  /** Logs the head of a request. Only at the level `trace`, because its line is in the way otherwise. */
  readonly onHead: ((exchange: Exchange<Services>) => void) | undefined

  constructor(log: Logger, counters: LoopCounters, options: RequestObserverOptions) {
    this.#log = log
    this.#counters = counters
    this.#options = options
    const isTracing = log.isLevelEnabled('trace')
    if (isTracing) this.onHead = (exchange) => this.#logHead(exchange)
    this.#logRequest =
      options.requestLog ??
      (isTracing ? jsonRequestLog(log, 'trace', options.logsErrors) : undefined)
  }

  /** Whether lines name the address of the client. */
  get logsAddresses(): boolean {
    return this.#logRequest !== undefined || this.#options.auditLog !== undefined
  }

  onOver(exchange: Exchange<Services>, aborted: boolean): void {
    const operation = exchange.route?.operationId ?? NO_OPERATION
    const ms = performance.now() - exchange.startedAt
    if (aborted) this.#counters.observeAborted(operation)
    else this.#counters.observe(operation, exchange.status, exchange.errorName, ms / 1000)
    // Logs use nothing of the services.
    const observed = exchange as Exchange<never>
    this.#logRequest?.(observed, aborted, ms)
    this.#options.auditLog?.onOver(observed, aborted)
    exchange.trace?.end(observed, aborted)
  }

  #logHead(exchange: Exchange<Services>): void {
    this.#log.trace(
      {
        ...identityOf(exchange),
        accept: exchange.accept,
        contentType: exchange.contentType,
        contentLength: exchange.contentLength,
        transferEncoding: exchange.transferEncoding,
        headerBytes: exchange.headerBytes,
      },
      'request begins',
    )
  }

  onDefect(exchange: Exchange<Services>, error: unknown): RestError {
    this.#log.error({ err: error, requestId: exchange.id, path: exchange.path }, 'request failed')
    if (!this.#options.showsStacks) return new RestError('INTERNAL')
    return new RestError('INTERNAL', `Internal Server Error: ${(error as Error).stack ?? error}`)
  }
}
