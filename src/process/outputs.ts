/** The outputs of a process for the lines of its event loops: the log, and the request log and audit log beside it. */
import { type Config, type Fault, findSetting } from '../config/index.ts'
import type { Sample } from '../histogram.ts'
import { faultOfDestination, isStandard, LineOutput, type LineSink } from '../line-output.ts'
import { flushLog, type Logger, writeLines } from '../log.ts'
import type { OutputName } from '../loop/coordinator.ts'
import type { LoopCounters } from '../loop-counters.ts'

const KEYS = {
  requests: 'sluice.log.requests.destination',
  audit: 'sluice.audit.log',
} as const

/** A log that is off needs no file. */
function destinationOf(config: Config, key: (typeof KEYS)[keyof typeof KEYS]): string {
  const isOff = key === KEYS.requests ? !config['sluice.log.requests'] : config[key] === ''
  return isOff ? 'stdout' : config[key]
}

/** Returns the faults of the destinations. */
export function faultsOfOutputs(config: Config): readonly Fault[] {
  return Object.values(KEYS).flatMap((key): Fault[] => {
    const expected = faultOfDestination(destinationOf(config, key))
    if (expected === undefined) return []
    return [{ key, expected, source: findSetting(key, config.originals)?.source ?? 'not set' }]
  })
}

/** Writes lines where the configuration wants them. Lines for standard output go there with those of the log. */
export class Outputs {
  readonly #log: Logger
  readonly #sinks: Readonly<Record<OutputName, LineSink>>
  readonly #opened = new Map<OutputName, LineOutput>()
  readonly #hasFiles: boolean

  /** Opens the destinations. Throws if one cannot be opened. */
  constructor(config: Config, log: Logger) {
    this.#log = log
    const standard: LineSink = { write: (lines) => writeLines(log, lines) }
    const open = (name: keyof typeof KEYS): LineSink => {
      const destination = destinationOf(config, KEYS[name])
      if (destination === 'stdout') return standard
      const output = new LineOutput(destination, (reason) =>
        log.error({ key: KEYS[name], destination, reason }, 'lines are not written'),
      )
      this.#opened.set(name, output)
      return output
    }
    this.#sinks = { log: standard, requests: open('requests'), audit: open('audit') }
    this.#hasFiles = Object.values(KEYS).some((key) => !isStandard(destinationOf(config, key)))
  }

  /** Whether reopen() has an effect. */
  get hasFiles(): boolean {
    return this.#hasFiles
  }

  /** The sink of an output. */
  sink(name: OutputName): LineSink {
    return this.#sinks[name]
  }

  /** The numbers of lines that were left out of each log: by event loops, or because a destination was too slow. */
  omitted(loops: readonly LoopCounters[]): readonly Sample[] {
    return (['requests', 'audit'] as const).map((log) => {
      const ofLoops = loops.reduce((sum, { omitted }) => sum + (omitted.get(log) ?? 0), 0)
      return { labels: { log }, value: ofLoops + (this.#opened.get(log)?.dropped ?? 0) }
    })
  }

  /** Opens the files again, because another program has moved them. */
  reopen(): void {
    for (const output of this.#opened.values()) output.reopen()
    this.#log.info('the files of the logs were opened again')
  }

  /** Resolves when all lines are written, or after a timeout. */
  async flush(): Promise<void> {
    await Promise.all([...this.#opened.values()].map((output) => flushLog(output)))
  }
}
