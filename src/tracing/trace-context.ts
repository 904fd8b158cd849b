/** The headers of W3C Trace Context: https://www.w3.org/TR/trace-context/ */
import type { RawRequest } from '../http/headers.ts'
import type { TraceHeaders } from '../http/trace.ts'

/** The place of a caller in its trace. */
export interface TraceParent extends TraceHeaders {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  /** 8 bits. */
  readonly flags: number
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)
const INVALID_VERSION = 'ff'
const FIRST_VERSION = '00'

/** The most characters of a tracestate that have to be passed on. */
const MAX_STATE_CHARS = 512
const STATE = /^[\x20-\x7e]*$/

/** Reads the headers of a request. Undefined without a valid traceparent: the request begins a trace, then. */
export function readTraceParent(request: RawRequest): TraceParent | undefined {
  const header = request.getHeader('traceparent')
  if (header === '') return undefined
  const [, version = '', traceId = '', spanId = '', flags = '', rest] =
    TRACEPARENT.exec(header) ?? []
  const isUnknown = version === '' || version === INVALID_VERSION
  if (isUnknown || (version === FIRST_VERSION && rest !== undefined)) return undefined
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined
  const tracestate = stateOf(request.getHeader('tracestate'))
  const bits = Number.parseInt(flags, 16)
  return {
    traceId,
    spanId,
    flags: bits,
    tracestate,
    traceparent: traceparentOf(traceId, spanId, bits),
  }
}

/** Writes a traceparent of the version that is known. */
export function traceparentOf(traceId: string, spanId: string, flags: number): string {
  return `${FIRST_VERSION}-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`
}

/** A state that is too long or has other characters is dropped, and not cut. */
function stateOf(header: string): string {
  return header.length <= MAX_STATE_CHARS && STATE.test(header) ? header : ''
}
