/** The thread that makes calls to brokers: one for a process, as long as there are calls. */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { RestError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { type CallPort, PortCalls } from '../../port-calls.ts'
import type { Answers, BrokerCaller, CallSettings, Question } from './calls.ts'
import { timedOut } from './faults.ts'
import { Places } from './places.ts'
import type { ThreadMethods } from './thread-main.ts'

/** The calls, and so the connections to brokers, that a process makes at a time. */
const MAX_CALLS = 64

/** The part of the time of a call that the thread has. The rest is for the way there and back. */
const SHARE_OF_THREAD = 0.9

/** The thread and the library in it take 45 MB. */
const IDLE_MS = 60_000

/** An answer of a broker that needs more memory ends the thread, and not the process. */
const MAX_HEAP_MB = 512

const ENDED =
  'The thread that asked the broker has ended. Whether Kafka has done this is not known.'

/** What differs in tests. */
interface ThreadOptions {
  /** The main file of the thread. */
  readonly file?: URL
  /** The time without calls after which the thread ends. */
  readonly idleMs?: number
}

/**
 * Makes the calls of a process in a thread, which it starts with the first of them and ends when there are none for a while. A
 * thread that has died, or that lets a deadline pass in silence, is replaced with the next call.
 */
export class BrokerThread implements BrokerCaller {
  readonly #log: Pick<Logger, 'error'>
  readonly #places = new Places(MAX_CALLS)
  readonly #file: URL
  readonly #idleMs: number
  #life: Life | undefined

  constructor(
    log: Pick<Logger, 'error'>,
    { file = MAIN_FILE, idleMs = IDLE_MS }: ThreadOptions = {},
  ) {
    this.#log = log
    this.#file = file
    this.#idleMs = idleMs
  }

  /** Whether there is a thread now. */
  get isRunning(): boolean {
    return this.#life !== undefined
  }

  async callBrokers(
    question: Question,
    settings: CallSettings,
  ): Promise<Answers[Question['kind']]> {
    if (!this.#places.take(settings.caller)) throw new RestError('TOO_MANY_REQUESTS')
    this.#life ??= this.#start()
    const life = this.#life
    try {
      return await life.call(question, settings)
    } finally {
      this.#places.giveBack(settings.caller)
    }
  }

  #start(): Life {
    const life: Life = new Life(this.#file, this.#idleMs, (failure) => {
      // Another one may run already.
      if (this.#life === life) this.#life = undefined
      if (failure) {
        this.#log.error(
          { err: failure },
          'the thread of calls to brokers has ended; the next call starts another',
        )
      }
    })
    return life
  }
}

/** The sources in a test, the compiled files otherwise. */
const MAIN_FILE = new URL(`./thread-main${extname(import.meta.url)}`, import.meta.url)

/** One thread, from its start to its end. */
class Life {
  readonly #worker: Worker
  readonly #calls: PortCalls<ThreadMethods>
  readonly #onEnd: (failure: Error | undefined) => void
  readonly #idle: NodeJS.Timeout
  #waiting = 0
  #answers = 0
  #hasEnded = false

  /** @param onEnd called once, as soon as the thread takes no calls; without a failure if it was idle */
  constructor(file: URL, idleMs: number, onEnd: (failure: Error | undefined) => void) {
    this.#onEnd = onEnd
    this.#worker = new Worker(file, {
      name: 'sluice-brokers',
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    })
    this.#calls = new PortCalls(this.#worker as CallPort)
    this.#worker.on('message', () => this.#answers++)
    this.#worker.on('error', (error) => this.#end(error))
    this.#worker.on('exit', (code) => this.#end(new Error(`It exited with code ${code}.`)))
    // The timers of the calls keep the process alive. A listener that is added later would undo this.
    this.#worker.unref()
    this.#idle = setTimeout(() => this.#endIfIdle(), idleMs).unref()
  }

  /** Makes a call. Rejects with a RestError, at the latest after `timeoutMs`. */
  async call(question: Question, settings: CallSettings): Promise<Answers[Question['kind']]> {
    const { timeoutMs } = settings
    const answersBefore = this.#answers
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(timedOut())
        if (this.#answers === answersBefore) this.#end(new Error('It answers no calls.'))
      }, timeoutMs)
    })
    this.#waiting++
    try {
      const answer = this.#calls.remote.answer(question, {
        ...settings,
        timeoutMs: timeoutMs * SHARE_OF_THREAD,
      })
      return await Promise.race([answer, limit])
    } finally {
      clearTimeout(timer)
      this.#waiting--
      if (!this.#hasEnded) this.#idle.refresh()
    }
  }

  #endIfIdle(): void {
    if (this.#waiting === 0) this.#end(undefined)
    else this.#idle.refresh()
  }

  #end(failure: Error | undefined): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    clearTimeout(this.#idle)
    this.#calls.close(new RestError('KAFKA_RETRIABLE_ERROR', ENDED))
    this.#onEnd(failure)
    void this.#worker.terminate()
  }
}
