/** All event loops of a process: one in the main thread, or several in worker threads. */
import { countedRoutesOf } from '../api/routes.ts'
import type { Authority } from '../auth/authority.ts'
import type { InstanceDirectory } from '../cluster/instance-directory.ts'
import { type Config, clusterOf, listenersOf } from '../config/index.ts'
import { ConnectionTotals } from '../http/connection-totals.ts'
import { type ListenAddress, portInUse } from '../http/listeners.ts'
import { Server } from '../http/server.ts'
import { native } from '../kafka/native.ts'
import { ProcessLimits } from '../limits/process-limits.ts'
import type { Logger } from '../log.ts'
import type { Coordinator, LoopControl, LoopTls } from '../loop/coordinator.ts'
import { Loop } from '../loop/loop.ts'
import { loopServices } from '../loop/loop-services.ts'
import type { LoopOutputs } from '../loop/observing.ts'
import { LoopCounters, operationsOf } from '../loop-counters.ts'
import { type EndCause, WorkerPool } from '../serde-workers/pool.ts'
import type { WorkerLoads } from '../serde-workers/worker-loads.ts'
import { awaitAtMost } from '../waiting.ts'
import { threadsOf } from './threads.ts'
import { WorkerLoop } from './worker-loop.ts'

/** The time that a drain may take beyond its settings. */
const DRAIN_MARGIN_MS = 5000
/** The time for the threads to end by themselves. */
const END_TIMEOUT_MS = 2000

/** What the event loops use of their process. */
export interface ProcessParts {
  readonly coordinator: Coordinator
  /** Undefined without a cluster of processes. */
  readonly directory: InstanceDirectory | undefined
  /** Undefined if no listener asks for credentials. */
  readonly authority: Authority | undefined
  /** Of an event loop in the main thread. */
  readonly outputs: LoopOutputs
  /** The text of the rules of access; undefined without any. */
  readonly accessRules: string | undefined
  /** The jobs of the workers for schemas; undefined without a schema registry. */
  readonly loads: WorkerLoads | undefined
  /** An event loop has ended by an error. The others go on. */
  readonly onFailure: (error: Error) => void
}

/** Starts and stops the event loops together. */
export class EventLoops {
  /** Of each event loop. */
  readonly counters: readonly LoopCounters[]
  /** Of the process. */
  readonly limits: ProcessLimits
  readonly #config: Config
  /** The event loop of the main thread; undefined if there are workers. */
  readonly #own: Loop | undefined
  readonly #workers: readonly WorkerLoop[]

  constructor(config: Config, log: Logger, parts: ProcessParts) {
    this.#config = config
    Server.prepare(config['max.request.header.size'])
    const operations = operationsOf(countedRoutesOf(config))
    const totals = new ConnectionTotals(listenersOf(config).length)
    const limits = new ProcessLimits(config)
    this.limits = limits
    const threads = threadsOf(config['sluice.http.threads'])
    this.counters = Array.from({ length: threads }, () => new LoopCounters(operations))
    const { coordinator, authority, directory, outputs, accessRules, loads, onFailure } = parts
    if (threads === 1) {
      const [counters] = this.counters as [LoopCounters]
      const workers = loads && new WorkerPool(loads, coordinator)
      const services = loopServices(config, log, coordinator, workers, directory)
      this.#own = new Loop(config, services, log, {
        counters,
        totals,
        limits,
        outputs,
        accessRules,
        sharesPorts: false,
        isFirst: true,
        workers,
        authority: authority && { checker: authority, epoch: authority.epoch },
      })
    }
    const own = [coordinator, directory, authority].filter((part) => part !== undefined)
    this.#workers = (threads === 1 ? [] : this.counters).map(({ memory }, index) => {
      const start = {
        config,
        index,
        counters: memory,
        totals: totals.memory,
        limits: limits.memory,
        accessRules,
        loads: loads?.memory,
        epoch: authority?.epoch.memory,
      }
      return new WorkerLoop(start, own, onFailure)
    })
  }

  get #loops(): readonly LoopControl[] {
    return this.#own ? [this.#own] : this.#workers
  }

  /** Brings the gauges of the main thread's event loop up to date; workers write theirs every 20 ms. */
  writeGauges(): void {
    this.#own?.writeGauges()
  }

  /** Listens with each event loop. Returns the ports. Rejects with an error that names a taken address. */
  async start(tls: LoopTls): Promise<number[]> {
    const ports = this.#own ? undefined : this.#unsharedPorts()
    await Promise.all(this.#loops.map((loop) => loop.prepare(ports, tls)))
    // All at once: the first one would get the connections of all clients that wait.
    const [opened = []] = await Promise.all(this.#loops.map((loop) => loop.start()))
    return opened
  }

  /** Replaces the TLS of the listeners, for connections that are opened later. */
  async replaceTls(tls: LoopTls): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.replaceTls(tls)))
  }

  /** Replaces the rules of access, for requests that come later. */
  async replaceAccessRules(text: string): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.replaceAccessRules(text)))
  }

  /** Tells all event loops that a worker for schemas has ended. */
  onSchemaWorkerEnded(index: number, start: number, cause: EndCause | undefined): void {
    // A loop that has ended itself has nobody to tell.
    for (const loop of this.#loops) loop.onSchemaWorkerEnded(index, start, cause).catch(() => {})
  }

  /** See Loop. Tells all event loops at once. Does not wait for one that hangs. */
  async drain(): Promise<void> {
    const { 'sluice.shutdown.delay.ms': delay, 'shutdown.graceful.ms': grace } = this.#config
    const drained = Promise.allSettled(this.#loops.map((loop) => loop.drain()))
    await awaitAtMost(drained, delay + grace + DRAIN_MARGIN_MS)
  }

  /** Ends all connections, and then the threads. */
  async close(): Promise<void> {
    await awaitAtMost(Promise.allSettled(this.#loops.map((loop) => loop.close())), END_TIMEOUT_MS)
    await awaitAtMost(Promise.all(this.#workers.map(({ ended }) => ended)), END_TIMEOUT_MS)
  }

  /**
   * The ports of all addresses. Event loops share them with SO_REUSEPORT, which would let another process share them,
   * too. Throws an error that names a taken address.
   */
  #unsharedPorts(): number[] {
    const portOf = (address: ListenAddress) => {
      const port = native.freePort(address.host, address.port)
      if (port === 0) throw portInUse(address)
      return port
    }
    for (const address of clusterOf(this.#config)?.listeners ?? []) portOf(address)
    return listenersOf(this.#config).map(portOf)
  }
}
