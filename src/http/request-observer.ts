/** Counts requests in the metrics, and writes lines of the log for each. */
import { RestError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type LoopCounters, NO_OPERATION } from '../loop-counters.ts'
import type { Observer } from './dispatch.ts'
import type { Exchange } from './exchange.ts'

/** The configuration of the request log. */
export interface RequestLogOptions {
  /** `sluice.log.requests`: whether each request is logged. */
  readonly logsRequests: boolean
  /** `use.custom.request.logging`: whether the line has error codes. */
  readonly logsErrors: boolean
  /** `debug`: whether a client gets the stack of an unexpected error. */
  readonly showsStacks: boolean
}

/** The observer of all requests of an event loop. */
export class RequestObserver<Services> implements Observer<Services> {
  readonly #log: Logger
  readonly #counters: LoopCounters
  readonly #options: RequestLogOptions
  /** Logs the head of a request. Only at the level `trace`, because its line is in the way otherwise. */
  readonly onHead: ((exchange: Exchange<Services>) => void) | undefined

  constructor(log: Logger, counters: LoopCounters, options: RequestLogOptions) {
    this.#log = log
    this.#counters = counters
    this.#options = options
    if (log.isLevelEnabled('trace')) this.onHead = (exchange) => this.#logHead(exchange)
  }

  /** Whether lines name the address of the client. */
  get logsAddresses(): boolean {
    return this.#options.logsRequests || this.onHead !== undefined
  }

  onOver(exchange: Exchange<Services>, aborted: boolean): void {
    const operation = exchange.route?.operationId ?? NO_OPERATION
    const ms = performance.now() - exchange.startedAt
    if (aborted) this.#counters.observeAborted(operation)
    else this.#counters.observe(operation, exchange.status, exchange.errorCode, ms / 1000)
    if (!this.logsAddresses) return
    this.#log[this.#options.logsRequests ? 'info' : 'trace'](
      {
        ...identityOf(exchange),
        ...(exchange.principal === undefined ? {} : { principal: exchange.principal }),
        ...(exchange.forwardedBy === undefined ? {} : { forwardedBy: exchange.forwardedBy }),
        status: exchange.status,
        ...(this.#options.logsErrors ? errorsOf(exchange) : {}),
        ...(aborted ? { aborted } : {}),
        ...trafficOf(exchange),
        ms: rounded(ms),
      },
      'request',
    )
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

/** The bytes of both bodies as they were sent, and the time until the response began. */
function trafficOf<Services>(exchange: Exchange<Services>): Record<string, number> {
  const { receivedBytes, bytes, startedAt, respondedAt } = exchange
  const firstByteMs =
    respondedAt === undefined ? {} : { firstByteMs: rounded(respondedAt - startedAt) }
  return { bytesIn: receivedBytes, bytes, ...firstByteMs }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

/** The fields that identify a request. */
function identityOf<Services>({ id, clientAddress, method, path }: Exchange<Services>) {
  return { requestId: id, client: clientAddress, method, path }
}

function errorsOf<Services>({ errorCode, logged }: Exchange<Services>): Record<string, number> {
  return { ...(errorCode === 0 ? {} : { errorCode }), ...logged }
}
