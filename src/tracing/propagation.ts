/** Tracing without spans: the trace of a request goes on in its records as it came. */
import type { RawRequest } from '../http/headers.ts'
import type { Trace, Tracer } from '../http/trace.ts'
import { readTraceParent } from './trace-context.ts'

/** The tracer of `sluice.tracing=propagate`. */
export const PROPAGATION: Tracer = {
  begin(request: RawRequest): Trace | undefined {
    const parent = readTraceParent(request)
    if (!parent) return undefined
    const { traceId: id, traceparent, tracestate } = parent
    return { id, traceparent, tracestate, end: () => {} }
  },
}
