/** What in a finding breaks a promise. */
import type { Finding } from './scenarios.ts'

/** Figures that have to be zero. */
export const PROMISES = {
  missing: 'acknowledged and not in the topic',
  duplicated: 'acknowledged and in the topic twice',
  outOfOrder: 'in the topic behind a later record of its client',
  undelivered: 'acknowledged and not delivered',
  deliveredAfterCommit: 'delivered after a successful commit covered it',
  disorderedResponses: 'out of order within one response',
  hangs: 'calls without an answer',
  wedged: 'calls that never succeeded again',
} as const satisfies Partial<Record<keyof Finding, string>>

/** A text for each broken promise; none when all were kept. */
export function breachesOf(finding: Finding): string[] {
  return (Object.keys(PROMISES) as (keyof typeof PROMISES)[])
    .filter((name) => finding[name] > 0)
    .map((name) => `${finding[name]} ${PROMISES[name]}`)
}
