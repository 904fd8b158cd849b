/** The headers of W3C Trace Context, by the rules of the specification. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RawRequest } from '../../../src/http/headers.ts'
import { PROPAGATION } from '../../../src/tracing/propagation.ts'
import { readTraceParent, traceparentOf } from '../../../src/tracing/trace-context.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const PARENT = `00-${TRACE}-${SPAN}-01`

function requestWith(traceparent: string, tracestate = ''): RawRequest {
  const headers: Record<string, string> = { traceparent, tracestate }
  return { getHeader: (name: string) => headers[name] ?? '' } as RawRequest
}

test('a valid traceparent names the trace, the caller and its decision', () => {
  assert.deepEqual(readTraceParent(requestWith(PARENT, 'a=b,c=d')), {
    traceId: TRACE,
    spanId: SPAN,
    flags: 1,
    traceparent: PARENT,
    tracestate: 'a=b,c=d',
  })
})

test('a version that is not known yet is read as the known one', () => {
  const later = readTraceParent(requestWith(`cc-${TRACE}-${SPAN}-03-what-comes`))
  assert.equal(later?.traceparent, `00-${TRACE}-${SPAN}-03`)
})

test('what is no traceparent begins no trace', () => {
  for (const invalid of [
    '',
    'nonsense',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}`,
    `${PARENT}\u00e9`,
  ]) {
    assert.equal(readTraceParent(requestWith(invalid)), undefined, invalid)
    assert.equal(PROPAGATION.begin(requestWith(invalid)), undefined, invalid)
  }
})

test('a state that is too long or not ASCII is dropped, and the trace goes on', () => {
  for (const state of [`a=${'b'.repeat(511)}`, 'a=\u00fc']) {
    assert.equal(readTraceParent(requestWith(PARENT, state))?.tracestate, '')
  }
})

test('without spans a trace goes on as it came', () => {
  const { id, traceparent, tracestate } = PROPAGATION.begin(requestWith(PARENT, 'a=b')) ?? {}
  assert.deepEqual([id, traceparent, tracestate], [TRACE, PARENT, 'a=b'])
})

test('flags have two digits', () => {
  assert.equal(traceparentOf(TRACE, SPAN, 0), `00-${TRACE}-${SPAN}-00`)
})
