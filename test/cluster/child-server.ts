/**
 * A server that runs as a child of this process: started with its log in a file, awaited until it
 * serves, ended in bounded time, and never left behind. What it serves is the caller's matter.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { atExit } from './at-exit.ts'

/** A start takes seconds. A busy machine may need minutes; a crash is seen at once. */
const START_DEADLINE_MS = 240_000
/** A process of a cluster needs up to 30 s to move its instances and to drain, on a machine that is not busy. */
const STOP_DEADLINE_MS = 60_000

/** What to run, and how to see that it serves. */
export interface ServerCommand {
  /** What messages call it. */
  name: string
  command: string
  args: readonly string[]
  /** This process's environment when absent. */
  env?: NodeJS.ProcessEnv
  /** Gets standard output and standard error; overwritten by each start. */
  logFile: string
  /** Whether it serves by now; asked again and again with the log so far. */
  isReady(log: string): boolean | Promise<boolean>
}

/** How a process ended. */
export interface Ending {
  /** Null when a signal ended it. */
  code: number | null
  signal: NodeJS.Signals | null
}

/** A server that can be started and stopped any number of times. */
export class ChildServer {
  readonly #command: ServerCommand
  #child: ChildProcess | undefined
  #ending: Ending | undefined

  constructor(command: ServerCommand) {
    this.#command = command
  }

  /** The process id, while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** How it ended last, by itself or by `stop`. */
  get ending(): Ending | undefined {
    return this.#ending
  }

  /** Resolves when it serves; throws with the end of its log when it ends or takes four minutes. */
  async start(): Promise<void> {
    const { name, command, args, env, logFile } = this.#command
    if (this.#child) throw new Error(`${name} runs already.`)
    const log = openSync(logFile, 'w')
    const child = spawn(...endingWithUs(command, args), {
      // A group of its own: Ctrl-C reaches the tests first, which may still need the server.
      detached: true,
      stdio: ['ignore', log, log],
      ...(env && { env }),
    })
    closeSync(log)
    await once(child, 'spawn')
    this.#child = child
    const cancel = atExit(() => child.kill('SIGKILL'))
    child.once('exit', (code, signal) => {
      cancel()
      this.#child = undefined
      this.#ending = { code, signal }
    })
    await this.#untilReady(child)
  }

  /**
   * Sends a signal and resolves when the process is gone: after 60 s by SIGKILL. Resolves to
   * undefined when it did not run.
   */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending | undefined> {
    const child = this.#child
    if (!child) return undefined
    const exit = once(child, 'exit')
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS)
    const [code, endedBy] = await exit
    clearTimeout(timer)
    return { code, signal: endedBy }
  }

  /** Sends a signal that does not end the process. Throws when it does not run. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (!this.#child?.kill(signal)) throw new Error(`${this.#command.name} does not run.`)
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const { name, logFile, isReady } = this.#command
    const deadline = Date.now() + START_DEADLINE_MS
    while (!(await isReady(readFileSync(logFile, 'utf8')))) {
      const hasEnded = this.#child !== child
      if (hasEnded || Date.now() > deadline) {
        await this.stop('SIGKILL')
        const fate = hasEnded ? 'ended' : `was not ready after ${START_DEADLINE_MS / 1000} s`
        const tail = readFileSync(logFile, 'utf8').split('\n').slice(-40).join('\n')
        throw new Error(`${name} ${fate}. The end of its log:\n${tail}`)
      }
      await sleep(50)
    }
  }
}

/**
 * The command with its arguments, made so that the kernel ends it when this process is ended by
 * SIGKILL, which atExit cannot see. On Linux only.
 */
function endingWithUs(command: string, args: readonly string[]): [string, string[]] {
  if (process.platform !== 'linux') return [command, [...args]]
  return ['setpriv', ['--pdeathsig', 'KILL', command, ...args]]
}
