/** Watches the event loop of a Sluice from a process of its own; see watcher.ts. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Watched } from './watcher.ts'

export type { Watched } from './watcher.ts'

/** A watcher at work. `stop` it. */
export class Watch {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /**
   * Resolves when the first questions have been asked.
   *
   * @param pid of the process that answers at `url`, whose main thread is the event loop
   */
  static async start(url: string, pid: number): Promise<Watch> {
    const child = fork(join(import.meta.dirname, 'watcher.ts'), [url, String(pid)], {
      execArgv: ['--import=tsx'],
    })
    const watch = new Watch(child)
    while ((await watch.report()).questions === 0) await sleep(20)
    return watch
  }

  /** The figures since the last call, once all questions of that time are answered. */
  async report(): Promise<Watched> {
    const ended = once(this.#child, 'exit').then(() => {
      throw new Error('The watcher has ended.')
    })
    const figures = once(this.#child, 'message')
    this.#child.send('report')
    const [watched] = (await Promise.race([figures, ended])) as [Watched]
    return watched
  }

  /** Resolves when the process is gone. */
  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
  }
}
