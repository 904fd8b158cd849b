/** An event loop in a worker thread, as its process sees it. */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { LoopControl, LoopTls } from '../loop/coordinator.ts'
import type { WorkerStart } from '../loop/worker.ts'
import { type CallPort, PortCalls } from '../port-calls.ts'
import type { EndCause } from '../serde-workers/pool.ts'

/** An event loop in a thread of its own. Its calls reject when the thread has ended. */
export class WorkerLoop implements LoopControl {
  /** Resolves when the thread has ended. */
  readonly ended: Promise<void>
  readonly #calls: PortCalls<LoopControl>

  /**
   * Starts the thread.
   *
   * @param own the objects that together have the methods of CoordinatorCalls
   * @param onFailure called when the thread ends by an error
   */
  constructor(start: WorkerStart, own: readonly object[], onFailure: (error: Error) => void) {
    // The sources in a test, the compiled files otherwise.
    const file = new URL(`../loop/worker${extname(import.meta.url)}`, import.meta.url)
    const worker = new Worker(file, { workerData: start, name: `sluice-loop-${start.index}` })
    this.#calls = new PortCalls(worker as CallPort, ...own)
    let failure: Error | undefined
    worker.on('error', (error) => {
      failure = error
    })
    this.ended = new Promise((resolve) => {
      worker.on('exit', (code) => {
        this.#calls.close(new Error(`Event loop ${start.index} has ended.`))
        if (code !== 0) onFailure(failure ?? new Error(`Its thread exited with code ${code}.`))
        resolve()
      })
    })
  }

  prepare(ports: readonly number[] | undefined, tls: LoopTls): Promise<void> {
    return this.#calls.remote.prepare(ports, tls)
  }

  replaceTls(tls: LoopTls): Promise<void> {
    return this.#calls.remote.replaceTls(tls)
  }

  replaceAccessRules(text: string): Promise<void> {
    return this.#calls.remote.replaceAccessRules(text)
  }

  onSchemaWorkerEnded(index: number, start: number, cause: EndCause | undefined): Promise<void> {
    return this.#calls.remote.onSchemaWorkerEnded(index, start, cause)
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
}
