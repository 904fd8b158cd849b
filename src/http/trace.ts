/** What a server uses of tracing (W3C Trace Context). */
import type { ErrorName } from '../errors.ts'
import type { RawRequest } from './headers.ts'

/** The headers with which a trace goes on: in the records of a request, and in requests to other processes. */
export interface TraceHeaders {
  /** https://www.w3.org/TR/trace-context/#traceparent-header */
  readonly traceparent: string
  /** Empty without one. */
  readonly tracestate: string
}

/** What a trace tells of a request that is over: the part of an exchange that is used. */
export interface TracedRequest {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly scheme: string
  /** Undefined for a request that matches none. */
  readonly route: { readonly operationId: string; readonly path: string } | undefined
  readonly params: readonly string[]
  readonly status: number
  readonly errorName: ErrorName | undefined
  readonly receivedBytes: number
  readonly bytes: number
  readonly clientAddress: string
  /** Undefined if nobody counts them. */
  readonly records: number | undefined
  readonly failedRecords: number
}

/** The part of a trace that a request is. */
export interface Trace extends TraceHeaders {
  /** 32 hexadecimal digits. */
  readonly id: string
  /** Called once, when the request is over. */
  end(request: TracedRequest, isAborted: boolean): void
}

/** Begins the part of a request in its trace. */
export interface Tracer {
  /** Undefined if the request belongs to no trace. Must not throw. */
  begin(request: RawRequest): Trace | undefined
}
