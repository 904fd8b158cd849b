/** A kind of hostile input, and how it is run and judged. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SharedKafka } from '../cluster/shared-kafka.ts'
import { type Finding, hasGrown } from './finding.ts'
import { PeakMemory, residentMb } from './memory.ts'
import { Target } from './target.ts'
import { Watch, type Watched } from './watch.ts'

/** A kind of hostile input. */
export interface Scenario {
  readonly name: string
  /** A line for the documentation. */
  readonly what: string
  /** Lines of the properties file. */
  readonly config?: Record<string, string>
  /** Done once, before anything is measured. */
  prepare?(target: Target): Promise<void>
  /**
   * One round of it. What it opens it closes; what it must not see it adds to `target.problems`.
   *
   * @param share of the repetitions and the largest sizes, at most 1; all kinds stay
   */
  attack(target: Target, share: number): Promise<void>
}

/** How long a run is. */
export interface Form {
  /** Rounds after the first that are judged together. */
  readonly rounds: number
  /**
   * How often they are run until they keep the limit of memory: heaps and caches grow for some
   * rounds, a leak grows in all. The limit of the loop holds in each attempt.
   */
  readonly attempts: number
  /** How much of its repetitions and its largest sizes a round has. */
  readonly share: number
  /** How long the first round may settle until memory is compared with it. */
  readonly warmMs: number
  /** How long memory may take to be back. */
  readonly settleMs: number
  /** Whether all of that time passes, also when memory is back before. */
  readonly settlesFully: boolean
}

export const SHORT: Form = {
  rounds: 1,
  attempts: 4,
  share: 0.2,
  warmMs: 500,
  settleMs: 5000,
  settlesFully: false,
}
export const LONG: Form = {
  rounds: 3,
  attempts: 2,
  share: 1,
  warmMs: 60_000,
  settleMs: 60_000,
  settlesFully: true,
}

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
    await scenario.attack(target, form.share)
    await sleep(form.warmMs)
    const judged = await judge(scenario, form, target, watch)
    await target.works()
    await target.checkIdle()
    target.checkLog()
    return {
      scenario: scenario.name,
      seconds: Math.round((performance.now() - started) / 1000),
      ...judged,
      startMb,
      peakMb: peak.mb,
      answers: target.answers,
      problems: [...target.problems],
    }
  } finally {
    peak?.stop()
    await watch?.stop()
    await target.stop()
  }
}

type Figures = Watched & Pick<Finding, 'rounds' | 'warmMb' | 'afterMb'>

/** Runs the rounds after the first. Memory is that of the last attempt, times are the worst of all. */
async function judge(
  scenario: Scenario,
  form: Form,
  target: Target,
  watch: Watch,
): Promise<Figures> {
  const worst = { unanswered: 0, loopMs: 0, waitMs: 0, p999Ms: 0, blockedMs: 0 }
  for (let attempt = 1; ; attempt++) {
    const warmMb = residentMb(target.pid)
    for (let round = 0; round < form.rounds; round++) await scenario.attack(target, form.share)
    const watched = await watch.report()
    worst.unanswered += watched.unanswered
    for (const name of ['loopMs', 'waitMs', 'p999Ms', 'blockedMs'] as const) {
      worst[name] = Math.max(worst[name], Math.round(watched[name]))
    }
    await settle(target, form, warmMb)
    const judged = {
      ...watched,
      ...worst,
      rounds: 1 + attempt * form.rounds,
      warmMb,
      afterMb: residentMb(target.pid),
    }
    if (attempt === form.attempts || !hasGrown(warmMb, judged.afterMb)) {
      return judged
    }
  }
}

async function settle(target: Target, form: Form, warmMb: number): Promise<void> {
  const deadline = performance.now() + form.settleMs
  const isBack = () => !hasGrown(warmMb, residentMb(target.pid))
  while (performance.now() < deadline && (form.settlesFully || !isBack())) await sleep(250)
}
