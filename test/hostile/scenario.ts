/** A kind of hostile input, and how it is run and judged. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SharedKafka } from '../cluster/shared-kafka.ts'
import { type Finding, MAX_GROWTH } from './finding.ts'
import { PeakMemory, residentMb } from './memory.ts'
import { Target } from './target.ts'
import { Watch } from './watch.ts'

/** A kind of hostile input. */
export interface Scenario {
  readonly name: string
  /** A line for the documentation. */
  readonly what: string
  /** Lines of the properties file. */
  readonly config?: Record<string, string>
  /** Done once, before anything is measured. */
  prepare?(target: Target): Promise<void>
  /** One round of it. What it opens it closes; what it must not see it adds to `target.problems`. */
  attack(target: Target): Promise<void>
}

/** How long a run is. */
export interface Form {
  /** Rounds after the first. */
  readonly rounds: number
  /** How long the first round may settle until memory is compared with it. */
  readonly warmMs: number
  /** How long memory may take to be back. */
  readonly settleMs: number
  /** Whether all of that time passes, also when memory is back before. */
  readonly settlesFully: boolean
}

export const SHORT: Form = { rounds: 1, warmMs: 500, settleMs: 60_000, settlesFully: false }
export const LONG: Form = { rounds: 3, warmMs: 60_000, settleMs: 60_000, settlesFully: true }

/** Runs a scenario on a Sluice of its own. Throws when that does not work afterwards. */
export async function run(scenario: Scenario, form: Form, kafka: SharedKafka): Promise<Finding> {
  const started = performance.now()
  const target = await Target.start(kafka, scenario.config)
  let watch: Watch | undefined
  let peak: PeakMemory | undefined
  try {
    await target.works()
    await scenario.prepare?.(target)
    const { pid } = target
    const startMb = residentMb(pid)
    watch = await Watch.start(target.sluice.url, pid)
    peak = new PeakMemory(pid)
    await scenario.attack(target)
    await sleep(form.warmMs)
    const warmMb = residentMb(pid)
    for (let round = 0; round < form.rounds; round++) await scenario.attack(target)
    const watched = await watch.report()
    await settle(target, form, warmMb)
    const afterMb = residentMb(target.pid)
    await target.works()
    await target.checkIdle()
    target.checkLog()
    return {
      scenario: scenario.name,
      rounds: form.rounds + 1,
      seconds: Math.round((performance.now() - started) / 1000),
      ...watched,
      loopMs: Math.round(watched.loopMs),
      waitMs: Math.round(watched.waitMs),
      blockedMs: Math.round(watched.blockedMs),
      startMb,
      warmMb,
      peakMb: peak.mb,
      afterMb,
      answers: target.answers,
      problems: [...target.problems],
    }
  } finally {
    peak?.stop()
    await watch?.stop()
    await target.stop()
  }
}

async function settle(target: Target, form: Form, warmMb: number): Promise<void> {
  const deadline = performance.now() + form.settleMs
  const isBack = () => residentMb(target.pid) <= warmMb * MAX_GROWTH
  while (performance.now() < deadline && (form.settlesFully || !isBack())) await sleep(250)
}
