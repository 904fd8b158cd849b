/** The workers for schemas as an event loop sees them: it posts jobs, and posts them again when a worker has ended. */
import { RestError } from '../errors.ts'
import { call, mailbox, native, type Reply, type Waiter } from '../kafka/native.ts'
import { ANSWERS, readRefusal } from './protocol.ts'
import type { WorkerLoads } from './worker-loads.ts'

/** Starts workers; the process does it. */
export interface WorkerStarter {
  /**
   * Starts a worker that does not run. Resolves to the number of starts that it has had. Rejects when it does not start, or
   * not in time.
   */
  startSchemaWorker(index: number): Promise<number>
}

/** The records of a job that encodes. */
export type JobRecords = Parameters<typeof native.startJob>[5]

/** A job, and the receiver of its messages. */
export interface Job extends Waiter {
  readonly kind: number
  readonly text: string
  readonly records?: JobRecords
  /** The same for the same schemas: a whole number, 0 or more. */
  readonly route: number
  /** A worker has the job, and takes notes about it. */
  onPosted?(): void
  /**
   * The worker has ended before it answered, or there is none. No more messages come.
   *
   * @param worker its index, for postAlone()
   */
  onWorkerEnded(blame: Blame, worker: number): void
}

/**
 * What a job has to do with the end of its worker: nothing; the heap was full when a value of the job was worked on, and others
 * may have filled it; or that work took too long.
 */
export type Blame = 'none' | 'suspected' | 'certain'

/** The job whose value a worker worked on when it ended. */
export interface EndCause {
  readonly job: number
  /** Whether the work took too long. */
  readonly isCertain: boolean
}

/** A job at a worker. */
interface Posted {
  readonly job: Job
  readonly worker: number
  /** Of the worker. */
  readonly start: number
  readonly ticket: number
  readonly id: number
}

interface WorkerState {
  /** 0 while it does not run. */
  start: number
  /** The last of its starts that has ended. */
  ended: number
  /** Jobs that wait for its start; undefined if it is not being started. */
  waiting: Job[] | undefined
  /** Jobs that found it ending: its memory goes before its end is known. They wait for that. */
  parked: Job[]
  /** A job that may have ended it. While it is done again, or is about to be, others wait in `parked`. */
  alone: Job | undefined
}

/** A worker gets another job for a schema that is not its own if it has this many jobs less than the schema's worker. */
const SPREAD_JOBS = 8

/** An event loop has one. */
export class WorkerPool {
  readonly #workers: WorkerState[]
  readonly #loads: WorkerLoads
  readonly #starter: WorkerStarter
  readonly #posted = new Map<Job, Posted>()

  /** @param loads the numbers of jobs of all event loops */
  constructor(loads: WorkerLoads, starter: WorkerStarter) {
    this.#workers = Array.from({ length: loads.count }, () => ({
      start: 0,
      ended: 0,
      waiting: undefined,
      parked: [],
      alone: undefined,
    }))
    this.#loads = loads
    this.#starter = starter
  }

  /**
   * Posts a job: at first to the worker of its schema, and again to any that runs. It gets its messages, and then end() has to be
   * called; or onWorkerEnded() is called.
   *
   * @param attempt 1 or more
   */
  post(job: Job, attempt: number): void {
    const running = attempt > 1 ? this.#leastLoadedRunning() : undefined
    if (running === undefined || !this.#postTo(running.index, running.start, job)) {
      this.#postToOwn(job)
    }
  }

  /**
   * Posts a job again that may have ended this worker. No other job of this event loop is at the worker meanwhile, so that
   * nobody is its neighbour if it does so again.
   */
  postAlone(job: Job, index: number): void {
    const worker = this.#workers[index] as WorkerState
    worker.alone = job
    this.#await(index, job)
  }

  #postToOwn(job: Job): void {
    const index = this.#choose(job.route)
    const worker = this.#workers[index] as WorkerState
    if (worker.alone || worker.parked.length > 0) worker.parked.push(job)
    else if (worker.start === 0) this.#await(index, job)
    else if (!this.#postTo(index, worker.start, job)) worker.parked.push(job)
  }

  /** Tells the worker about a job. Has no effect on a job that is over. */
  tell(job: Job, note: number, first = 0, second = 0, third = 0): void {
    const posted = this.#posted.get(job)
    if (posted) native.tellJob(posted.worker, posted.id, note, first, second, third)
  }

  /** The job has its answer. */
  end(job: Job): void {
    const posted = this.#posted.get(job)
    if (!posted) return
    this.#forget(posted)
    this.#admitOthers(posted.worker, job)
  }

  #forget({ job, worker }: Posted): void {
    this.#posted.delete(job)
    this.#loads.add(worker, -1)
  }

  /** A job is at the worker alone no longer, if it was. */
  #admitOthers(index: number, job: Job): void {
    const worker = this.#workers[index] as WorkerState
    if (worker.alone !== job) return
    worker.alone = undefined
    this.#postParked(worker)
  }

  #postParked({ parked }: WorkerState): void {
    for (const job of parked.splice(0)) this.#postToOwn(job)
  }

  /**
   * The worker has ended, with the `start`-th of its starts.
   *
   * @param cause the job that has ended it, if it was one
   */
  async onWorkerEnded(index: number, start: number, cause: EndCause | undefined): Promise<void> {
    const worker = this.#workers[index] as WorkerState
    if (worker.start === start) worker.start = 0
    worker.ended = start
    const culprit = this.#jobOf(index, start, cause)
    const blame: Blame = cause?.isCertain ? 'certain' : 'suspected'
    if (culprit && blame === 'suspected') worker.alone ??= culprit
    // What it has sent is in the mailbox, and may not be delivered.
    await call((ticket) => native.awaitMessages(ticket))
    const jobs = this.#takeJobsAt(index, start)
    if (worker.alone && [...jobs, culprit].includes(worker.alone)) worker.alone = undefined
    // The culprit first: if it is posted alone, the others wait for it.
    if (culprit && jobs.includes(culprit)) culprit.onWorkerEnded(blame, index)
    for (const job of jobs.filter((each) => each !== culprit)) job.onWorkerEnded('none', index)
    this.#goOnBehindEnd(index, worker)
  }

  /** A job that has to be alone may be among those that found the worker ending, and the others wait for it. */
  #goOnBehindEnd(index: number, worker: WorkerState): void {
    const { alone, parked } = worker
    if (alone === undefined) this.#postParked(worker)
    else if (parked.includes(alone)) {
      worker.parked = parked.filter((job) => job !== alone)
      this.#await(index, alone)
    }
  }

  #jobOf(index: number, start: number, cause: EndCause | undefined): Job | undefined {
    return cause && this.#jobsAt(index, start).find(({ id }) => id === cause.job)?.job
  }

  #takeJobsAt(index: number, start: number): Job[] {
    const ended = this.#jobsAt(index, start)
    for (const posted of ended) {
      mailbox.close(posted.ticket)
      this.#forget(posted)
    }
    return ended.map(({ job }) => job)
  }

  #jobsAt(index: number, start: number): Posted[] {
    return [...this.#posted.values()].filter(
      (posted) => posted.worker === index && posted.start <= start,
    )
  }

  /** The worker of the schema, which has it compiled; or the one with the fewest jobs, if that has much less to do. */
  #choose(route: number): number {
    const own = route % this.#workers.length
    const least = this.#loads.leastLoaded()
    return this.#loads.of(own) - this.#loads.of(least) >= SPREAD_JOBS ? least : own
  }

  #leastLoadedRunning(): { readonly index: number; readonly start: number } | undefined {
    let least: { readonly index: number; readonly start: number } | undefined
    for (const [index, { start, parked, alone }] of this.#workers.entries()) {
      if (start === 0 || alone || parked.length > 0) continue
      if (!least || this.#loads.of(index) < this.#loads.of(least.index)) least = { index, start }
    }
    return least
  }

  /** Returns false if this start of the worker does not run any more, also if a later one does. */
  #postTo(index: number, start: number, job: Job): boolean {
    const ticket = mailbox.open(job)
    let id = 0
    try {
      id = native.startJob(index, start, job.kind, job.text, ticket, job.records)
    } finally {
      if (id === 0) mailbox.close(ticket)
    }
    if (id === 0) return false
    this.#posted.set(job, { job, worker: index, start, ticket, id })
    this.#loads.add(index, 1)
    job.onPosted?.()
    return true
  }

  #await(index: number, job: Job): void {
    const worker = this.#workers[index] as WorkerState
    if (worker.waiting) {
      worker.waiting.push(job)
      return
    }
    const waiting = [job]
    worker.waiting = waiting
    this.#starter.startSchemaWorker(index).then(
      (start) => {
        worker.start = start
        worker.waiting = undefined
        for (const each of waiting) {
          if (this.#postTo(index, start, each)) continue
          if (worker.ended < start) worker.parked.push(each)
          else this.#lose(index, each)
        }
      },
      () => {
        worker.waiting = undefined
        for (const each of waiting) this.#lose(index, each)
      },
    )
  }

  /** The job has no worker. */
  #lose(index: number, job: Job): void {
    job.onWorkerEnded('none', index)
    this.#admitOthers(index, job)
  }
}

/** The error in an answer; undefined if it is none. */
export function failureOf({ text, code }: Reply): Error | undefined {
  if (code === ANSWERS.refused) return readRefusal(Buffer.from(text).toString())
  if (code === ANSWERS.defect) return new Error(Buffer.from(text).toString())
  return undefined
}

/**
 * A job is at so many workers that end, one after the other. Values that end workers are not tried again, and schemas are
 * refused, so that others have few such neighbours.
 */
export const MAX_ATTEMPTS = 10

/** The error of a request with a value whose work has ended its worker. @param what became of the request */
export function tooMuchWork(what: string): RestError {
  return new RestError(
    'OUT_OF_TIME',
    'The work on a value took more than sluice.schema.work.max.ms of processor time, or all of ' +
      `sluice.schema.heap.max.bytes. ${what}`,
  )
}

/** The error of a request whose worker has ended too often. */
export function noWorker(): RestError {
  return new RestError(
    'OUT_OF_TIME',
    'The thread for the schemas of this request has ended, and another one did not complete it. Nothing of it was ' +
      'written; try again later.',
  )
}

/** A job with one answer, which is done again when its worker ends. */
export class AnsweredJob implements Job {
  readonly #pool: WorkerPool
  readonly kind: number
  readonly text: string
  readonly records: JobRecords
  readonly route: number
  readonly #resolve: (reply: Reply) => void
  readonly #reject: (error: Error) => void
  #attempts = 0
  /** Whether it was posted alone. */
  #wasSuspected = false

  private constructor(
    pool: WorkerPool,
    { kind, text, records, route }: Pick<Job, 'kind' | 'text' | 'records' | 'route'>,
    resolve: (reply: Reply) => void,
    reject: (error: Error) => void,
  ) {
    this.#pool = pool
    this.kind = kind
    this.text = text
    this.records = records
    this.route = route
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Resolves to the answer. Rejects with the worker's RestError, and with a 503 if workers end. */
  static post(
    pool: WorkerPool,
    job: Pick<Job, 'kind' | 'text' | 'records' | 'route'>,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      new AnsweredJob(pool, job, resolve, reject).#post()
    })
  }

  #post(): void {
    this.#attempts++
    this.#pool.post(this, this.#attempts)
  }

  onReply(reply: Reply): void {
    this.#pool.end(this)
    const failure = failureOf(reply)
    if (failure) this.#reject(failure)
    else this.#resolve(reply)
  }

  onError(error: RestError): void {
    throw error // Workers send replies.
  }

  onWorkerEnded(blame: Blame, worker: number): void {
    if (blame === 'suspected' && !this.#wasSuspected) {
      this.#wasSuspected = true
      this.#pool.postAlone(this, worker)
    } else if (blame !== 'none') {
      this.#reject(tooMuchWork('None of the records that were encoded with it was written.'))
    } else if (this.#attempts < MAX_ATTEMPTS) this.#post()
    else this.#reject(noWorker())
  }
}
