/** What a run of a scenario has shown, and what of it breaks a promise. */
import type { Watched } from './watch.ts'

/** The figures of one run. */
export interface Finding extends Watched {
  readonly scenario: string
  /** How often the scenario was run: once to warm up, and the rest until the limits were kept. */
  readonly rounds: number
  readonly seconds: number
  /** Resident memory: after the start, before the rounds that count, at most, and after them. */
  readonly startMb: number
  readonly warmMb: number
  readonly peakMb: number
  readonly afterMb: number
  /** How many requests were answered with which status; `none` without an answer. */
  readonly answers: Readonly<Record<string, number>>
  /** Answers that were not expected, what is left behind, and lines of the log that name a defect. */
  readonly problems: readonly string[]
}

/** The most CPU time of the loop between a question and its answer. */
export const MAX_LOOP_MS = 100
/** How much larger than before the rounds that count the process may be after them. */
const MAX_GROWTH = 1.1

/** Whether the process has grown by more than it may. */
export function hasGrown(warmMb: number, afterMb: number): boolean {
  return afterMb > warmMb * MAX_GROWTH
}

/** A text for each broken promise; none when all were kept. */
export function breachesOf(finding: Finding): string[] {
  const { loopMs, unanswered, warmMb, afterMb, problems } = finding
  const breaches = [...problems]
  if (loopMs > MAX_LOOP_MS) {
    breaches.push(`an answer of /healthy came ${loopMs} ms of the loop's CPU time late`)
  }
  if (unanswered > 0) breaches.push(`${unanswered} questions to /healthy were not answered`)
  if (hasGrown(warmMb, afterMb)) {
    breaches.push(`${afterMb} MiB are resident after the last rounds, ${warmMb} before them`)
  }
  return breaches
}
