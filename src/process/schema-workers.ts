/** The workers for schemas: they are started when a record needs them, and ended when their work takes too long. */
import { extname } from 'node:path'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import type { Config } from '../config/index.ts'
import { native } from '../kafka/native.ts'
import type { Logger } from '../log.ts'
import { type CallPort, PortCalls } from '../port-calls.ts'
import { Busy, type Work } from '../serde/limits/busy.ts'
import { RefusedSchemas } from '../serde/limits/refused-schemas.ts'
import type { SchemaSources } from '../serde/registry-sources.ts'
import type { SchemaMark } from '../serde/schema-mark.ts'
import type { SchemaSource } from '../serde/schema-source.ts'
import type { EndCause, WorkerStarter } from '../serde-workers/pool.ts'
import type { QuestionName, RegistryProcess } from '../serde-workers/process-source.ts'
import type { WorkerControl, WorkerStart } from '../serde-workers/worker.ts'
import { WorkerLoads } from '../serde-workers/worker-loads.ts'
import { threadsOf } from './threads.ts'
import { type Observed, WorkTimer } from './work-timer.ts'

/** What the workers use of their process. */
export interface SchemaWorkerParts {
  readonly sources: SchemaSources
  /** The URL of a module with other compilers. */
  readonly compilers?: string | undefined
  /** A worker has ended, with the `start`-th of its starts, by the work on a value of the job `cause` if it was that. */
  readonly onEnded: (index: number, start: number, cause: EndCause | undefined) => void
}

/** Work is looked at so often. */
const WATCH_MS = 100
/** The time for a thread to start, on a machine that is very busy. */
const START_TIMEOUT_MS = 30_000
const MIB = 1024 * 1024
/** A value that ends a thread is no reason to refuse its schema to others; a second one in this time is. */
const SUSPICION_MS = 60_000
/** A schema is refused when its points of that time have this sum. */
const REFUSED_AT = 4
/** The end of a thread by a value. If its heap was full, a second one follows, because the value is tried once more. */
const POINTS_OF_VALUE = { certain: 2, suspected: 1 } as const
/** By the compilation, which is certain to do it again. But values of others may have filled the heap. */
const POINTS_OF_SCHEMA = { certain: REFUSED_AT, suspected: 2 } as const

const TOO_MUCH_WORK =
  'the thread for a schema has ended: the work on the schema, or on a value of it, took too much time or memory'

/** A thread that runs. */
interface Running {
  readonly worker: Worker
  readonly busy: Busy
  readonly timer: WorkTimer
  readonly start: number
  readonly serving: Promise<number>
  /** The work for which the watchdog has ended it. */
  tooLong?: Work
}

/** See the top of this file. The main thread has one. */
export class SchemaWorkers implements WorkerStarter {
  readonly loads: WorkerLoads
  readonly #config: Config
  readonly #log: Logger
  readonly #parts: SchemaWorkerParts
  readonly #refused: RefusedSchemas
  readonly #registrations = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  /** The points of schemas that have ended a thread just now, by their marks. */
  readonly #suspects = new Map<string, number>()
  readonly #running = new Map<number, Running>()
  /** The number of starts of each worker. */
  readonly #starts: number[]
  #watch: NodeJS.Timeout | undefined
  #isStopping = false
  #ended = 0

  constructor(config: Config, log: Logger, parts: SchemaWorkerParts) {
    this.#config = config
    this.#log = log
    this.#parts = parts
    const threads = threadsOf(config['sluice.schema.threads'])
    this.loads = new WorkerLoads(threads)
    this.#starts = new Array<number>(threads).fill(0)
    this.#refused = new RefusedSchemas(config['sluice.schema.work.max.ms'])
  }

  startSchemaWorker(index: number): Promise<number> {
    const running = this.#running.get(index) ?? this.#start(index)
    return running.serving
  }

  /** Ends the threads. */
  async stop(): Promise<void> {
    this.#isStopping = true
    clearInterval(this.#watch)
    await Promise.all([...this.#running.values()].map(({ worker }) => worker.terminate()))
  }

  get readings() {
    return {
      sluice_schema_workers: this.#running.size,
      sluice_schema_jobs: this.loads.total,
      sluice_schema_workers_ended_total: this.#ended,
    }
  }

  #start(index: number): Running {
    if (this.#isStopping) throw new Error('The process stops.')
    const start = (this.#starts[index] ?? 0) + 1
    this.#starts[index] = start
    const busy = new Busy()
    const worker = this.#createWorker(index, start, busy)
    const calls = new PortCalls<WorkerControl>(worker as CallPort, registryOf(this.#parts.sources))
    const serving = withDeadline(
      calls.remote.serve().then(() => start),
      worker,
    )
    serving.catch(() => {})
    const timer = new WorkTimer(this.#config['sluice.schema.work.max.ms'])
    const running = { worker, busy, timer, start, serving }
    let failure: Error | undefined
    worker.on('error', (error) => {
      failure = error
    })
    worker.on('exit', () => {
      calls.close(new Error(`Worker ${index} for schemas has ended.`))
      this.#onEnded(index, running, failure)
    })
    this.#running.set(index, running)
    this.#watch ??= setInterval(() => this.#lookAtWork(), WATCH_MS).unref()
    return running
  }

  #createWorker(index: number, count: number, busy: Busy): Worker {
    // The sources in a test, the compiled files otherwise.
    const file = new URL(`../serde-workers/worker${extname(import.meta.url)}`, import.meta.url)
    const start: WorkerStart = {
      config: this.#config,
      index,
      start: count,
      registrations: this.#registrations,
      busy: busy.memory,
      refused: this.#refused.memory,
      compilers: this.#parts.compilers,
    }
    const options: WorkerOptions = {
      workerData: start,
      name: `sluice-schema-${index}`,
      resourceLimits: {
        maxOldGenerationSizeMb: Math.ceil(this.#config['sluice.schema.heap.max.bytes'] / MIB),
      },
    }
    return new Worker(file, options)
  }

  /** Ends the threads whose work takes too long. */
  #lookAtWork(): void {
    for (const [index, running] of this.#running) {
      const { worker, busy, timer } = running
      const work = busy.read()
      const observed: Observed = {
        work,
        processorMicros: native.processorMicros(index),
        now: performance.now(),
      }
      if (!timer.isTooLong(observed)) continue
      running.tooLong ??= work
      void worker.terminate()
    }
  }

  #onEnded(index: number, { busy, start, tooLong }: Running, failure: Error | undefined): void {
    this.#running.delete(index)
    if (this.#isStopping) return
    this.#ended++
    const { lasts, mark, job } = tooLong ?? busy.read()
    const isCertain = tooLong !== undefined
    if (lasts && mark) this.#suspect(mark, job, isCertain)
    // Clients can cause it, so it is no error of the process.
    if (lasts) this.#log.warn({ worker: index, err: failure }, TOO_MUCH_WORK)
    else this.#log.error({ worker: index, err: failure }, 'a thread for schemas has ended')
    this.#parts.onEnded(index, start, lasts && job !== undefined ? { job, isCertain } : undefined)
  }

  /** Refuses a schema that cannot be compiled, or two values of which have ended threads. */
  #suspect(mark: SchemaMark, job: number | undefined, isCertain: boolean): void {
    const points = job === undefined ? POINTS_OF_SCHEMA : POINTS_OF_VALUE
    const count = points[isCertain ? 'certain' : 'suspected']
    if (this.#addPoints(mark, count) >= REFUSED_AT) this.#refused.add(mark)
    setTimeout(() => this.#addPoints(mark, -count), SUSPICION_MS).unref()
  }

  /** Returns the sum. */
  #addPoints({ high, low }: SchemaMark, count: number): number {
    const name = `${high} ${low}`
    const sum = (this.#suspects.get(name) ?? 0) + count
    if (sum > 0) this.#suspects.set(name, sum)
    else this.#suspects.delete(name)
    return sum
  }
}

/** What a worker may ask of the registry. */
function registryOf(sources: SchemaSources): RegistryProcess {
  return {
    askRegistry<Name extends QuestionName>(
      login: string | undefined,
      name: Name,
      given: Parameters<SchemaSource[Name]>,
    ): ReturnType<SchemaSource[Name]> {
      const source = sources.of(login)
      const ask = source[name] as (
        ...given: Parameters<SchemaSource[Name]>
      ) => ReturnType<SchemaSource[Name]>
      return ask.apply(source, given)
    },
  }
}

/** Ends a worker that does not start. */
function withDeadline<T>(start: Promise<T>, worker: Worker): Promise<T> {
  const timer = setTimeout(() => void worker.terminate(), START_TIMEOUT_MS).unref()
  return start.finally(() => clearTimeout(timer))
}
