/** The request log: a line for each request that is over, or for one of several. */
import type { LineSink } from '../line-output.ts'
import type { Logger } from '../log.ts'
import type { Exchange } from './exchange.ts'
import { ncsaLine } from './ncsa-line.ts'

/** Writes the line of a request that is over. `ms` is the time since its head. */
export type LogRequest = (exchange: Exchange<never>, isAborted: boolean, ms: number) => void

/** The settings of the request log. */
export interface RequestLogSettings {
  /** `sluice.log.requests.format`. */
  readonly format: 'json' | 'ncsa'
  /** `use.custom.request.logging`: whether a line has error codes and the number of failed records. */
  readonly logsErrors: boolean
  /** `sluice.log.requests.one.of`: one of so many requests without an error is logged. */
  readonly oneOf: number
}

/**
 * Returns the request log of an event loop.
 *
 * @param log writes the lines in JSON
 * @param sink takes the lines in NCSA's format
 */
export function requestLog(settings: RequestLogSettings, log: Logger, sink: LineSink): LogRequest {
  const { format, logsErrors, oneOf } = settings
  const write: LogRequest =
    format === 'json'
      ? jsonRequestLog(log, 'info', logsErrors)
      : (exchange, _isAborted, ms) => sink.write(ncsaLine(exchange, ms, logsErrors))
  return oneOf === 1 ? write : sampled(write, oneOf)
}

/** Returns a request log of lines in JSON with a level. */
export function jsonRequestLog(
  log: Logger,
  level: 'info' | 'trace',
  logsErrors: boolean,
): LogRequest {
  return (exchange, isAborted, ms) => {
    log[level](
      {
        ...identityOf(exchange),
        ...originOf(exchange),
        status: exchange.status,
        ...(exchange.records === undefined ? {} : { records: exchange.records }),
        ...(logsErrors ? errorsOf(exchange) : {}),
        ...(isAborted ? { aborted: true } : {}),
        ...trafficOf(exchange),
        ms: rounded(ms),
      },
      'request',
    )
  }
}

/** The first of `oneOf` requests without an error is logged, and then each that follows so many others. */
function sampled(write: LogRequest, oneOf: number): LogRequest {
  let omitted = oneOf - 1
  return (exchange, isAborted, ms) => {
    if (isAborted || exchange.status >= 400 || exchange.failedRecords > 0) {
      write(exchange, isAborted, ms)
    } else if (++omitted === oneOf) {
      omitted = 0
      write(exchange, isAborted, ms)
    }
  }
}

/** The fields that identify a request. */
export function identityOf<Services>({ id, clientAddress, method, path }: Exchange<Services>) {
  return { requestId: id, client: clientAddress, method, path }
}

/** The fields about a client and its trace, if they are known. */
function originOf({ principal, forwardedBy, trace }: Exchange<never>): Record<string, string> {
  return {
    ...(principal === undefined ? {} : { principal }),
    ...(forwardedBy === undefined ? {} : { forwardedBy }),
    ...(trace === undefined ? {} : { traceId: trace.id }),
  }
}

function errorsOf({ errorCode, failedRecords }: Exchange<never>): Record<string, number> {
  return {
    ...(errorCode === 0 ? {} : { errorCode }),
    ...(failedRecords === 0 ? {} : { failedRecords }),
  }
}

/** The bytes of both bodies as they were sent, and the time until the response began. */
function trafficOf(exchange: Exchange<never>): Record<string, number> {
  const { receivedBytes, bytes, startedAt, respondedAt } = exchange
  const firstByteMs =
    respondedAt === undefined ? {} : { firstByteMs: rounded(respondedAt - startedAt) }
  return { bytesIn: receivedBytes, bytes, ...firstByteMs }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
