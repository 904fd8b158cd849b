/** Judges an answer by what was expected of it. */
import type { Expectation } from './case.ts'
import { faultsOf } from './pattern.ts'
import type { Answer } from './request.ts'

/** What is wrong with the answer; empty when it is as expected. */
export function judge(answer: Answer, expected: Expectation): string[] {
  const faults = [
    ...faultsOfStatus(answer, expected),
    ...faultsOfHeaders(answer, expected),
    ...faultsOfError(answer, expected),
    ...faultsOfText(answer, expected),
    ...('json' in expected ? faultsOf(answer.json, expected.json) : []),
    ...faultsOfTime(answer, expected),
  ]
  return faults.length === 0 ? [] : [...faults, `It was ${shown(answer)}`]
}

function faultsOfStatus({ status }: Answer, expected: Expectation): string[] {
  return status === expected.status ? [] : [`the status is ${status}, not ${expected.status}`]
}

function faultsOfHeaders({ headers }: Answer, expected: Expectation): string[] {
  return Object.entries(expected.headers ?? {}).flatMap(([name, pattern]) =>
    faultsOf(headers[name] ?? null, pattern, `the header ${name}`),
  )
}

/** An error has two members, in this order. */
function faultsOfError({ json }: Answer, { error, message }: Expectation): string[] {
  if (error === undefined) return []
  const text = message === undefined ? { $is: 'any' } : { $matches: message }
  return faultsOf(json, { error_code: error, message: text })
}

function faultsOfText({ text }: Answer, expected: Expectation): string[] {
  if (expected.text === undefined || new RegExp(expected.text, 's').test(text)) return []
  return [`the body does not match ${expected.text}`]
}

function faultsOfTime({ tookMs }: Answer, expected: Expectation): string[] {
  const { atLeastMs = 0, atMostMs = Number.POSITIVE_INFINITY } = expected
  if (tookMs < atLeastMs) return [`it took ${Math.floor(tookMs)} ms, not ${atLeastMs} or more`]
  return tookMs <= atMostMs ? [] : [`it took ${Math.ceil(tookMs)} ms, not ${atMostMs} or less`]
}

function shown({ status, headers, text }: Answer): string {
  return `${status} ${headers['content-type'] ?? 'without a type'} ${text.slice(0, 300)}`.trim()
}
