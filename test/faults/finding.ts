/** What a run of a scenario has shown, and which of its figures break a promise. */
import type { KnownRecord, Verdict } from './ledger.ts'

/** The figures of one run. */
export interface Finding extends Verdict {
  readonly scenario: string
  readonly faults: number
  readonly seconds: number
  readonly commits: number
  /** Refused records in a scenario whose faults the cluster can bear without refusing any. */
  readonly refusedNeedlessly: number
  /** Calls that failed during restarts that clients are not to notice. */
  readonly failedCalls: number
  /** Calls that got no answer within a minute. */
  readonly hangs: number
  /** Faults after which producing and reading did not both go on within a minute. */
  readonly stalls: number
  /** Calls of members that still failed a minute after a fault. */
  readonly wedged: number
  readonly longestCallMs: number
  /** Records that were delivered again while instances moved. Absent where faults may cause it. */
  readonly redelivered?: number
  /** Answers that were no success, by their text. Faults cause them; they break no promise. */
  readonly refusals: Readonly<Record<string, number>>
}

/** Figures that have to be zero. */
export const PROMISES = {
  missing: 'acknowledged and not in the topic',
  duplicated: 'acknowledged and in the topic twice',
  outOfOrder: 'in the topic behind a later record of its client',
  undelivered: 'acknowledged and not delivered',
  deliveredAfterCommit: 'delivered after a successful commit covered it',
  disorderedResponses: 'out of order within one response',
  refusedNeedlessly: 'refused while two of three brokers were there',
  failedCalls: 'calls that failed behind a load balancer',
  redelivered: 'delivered again although no process was killed',
  hangs: 'calls without an answer',
  stalls: 'faults after which nothing went on for a minute',
  wedged: 'calls of a member that still failed a minute after a fault',
} as const satisfies Partial<Record<keyof Finding, string>>

/** A text for each broken promise; none when all were kept. */
export function breachesOf(finding: Finding): string[] {
  return (Object.keys(PROMISES) as (keyof typeof PROMISES)[])
    .filter((name) => (finding[name] ?? 0) > 0)
    .map((name) => `${finding[name]} ${PROMISES[name]}`)
}

/** A record of the witness, in the terms of the ledger. */
export function known(record: {
  partition: number
  offset: number
  key: Buffer | null
  value: Buffer | null
}): KnownRecord {
  const { partition, offset, key, value } = record
  return { partition, offset, key: JSON.parse(String(key)), value: Number(value) }
}
