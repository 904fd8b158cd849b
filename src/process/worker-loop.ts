/** An event loop in a worker thread, as its process sees it. */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { CoordinatorCalls, LoopControl } from '../loop/coordinator.ts'
import { type CallPort, PortCalls } from '../loop/port-calls.ts'
import type { WorkerStart } from '../loop/worker.ts'

/** An event loop, as its process sees it. */
export interface EventLoop extends LoopControl {
  /** Resolves when its thread has ended. */
  ended(): Promise<void>
}

/** An event loop in a thread of its own. Its calls reject when the thread has ended. */
export class WorkerLoop implements EventLoop {
  readonly #calls: PortCalls<LoopControl>
  readonly #ended: Promise<void>

  /** Starts the thread. @param onFailure called when the thread ends by an error */
  constructor(
    start: WorkerStart,
    coordinator: CoordinatorCalls,
    onFailure: (error: Error) => void,
  ) {
    // The sources in a test, the compiled files otherwise.
    const file = new URL(`../loop/worker${extname(import.meta.url)}`, import.meta.url)
    const worker = new Worker(file, { workerData: start, name: `sluice-loop-${start.index}` })
    this.#calls = new PortCalls(worker as CallPort, coordinator)
    let failure: Error | undefined
    worker.on('error', (error) => {
      failure = error
    })
    this.#ended = new Promise((resolve) => {
      worker.on('exit', (code) => {
        this.#calls.close(new Error(`Event loop ${start.index} has ended.`))
        if (code !== 0) onFailure(failure ?? new Error(`Its thread exited with code ${code}.`))
        resolve()
      })
    })
  }

  prepare(ports: readonly number[] | undefined): Promise<void> {
    return this.#calls.remote.prepare(ports)
  }

  start(): Promise<number[]> {
    return this.#calls.remote.start()
  }

  drain(): Promise<void> {
    return this.#calls.remote.drain()
  }

  close(): Promise<void> {
    return this.#calls.remote.close()
  }

  ended(): Promise<void> {
    return this.#ended
  }
}
