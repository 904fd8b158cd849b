/** All event loops of a process: one in the main thread, or several in worker threads. */
import { setTimeout as sleep } from 'node:timers/promises'
import { countedRoutesOf } from '../api/routes.ts'
import { directoryCalls, type InstanceDirectory } from '../cluster/instance-directory.ts'
import { type Config, clusterOf, listenersOf } from '../config/index.ts'
import { ConnectionTotals } from '../http/connection-totals.ts'
import { type ListenAddress, portInUse } from '../http/listeners.ts'
import { Server } from '../http/server.ts'
import { native } from '../kafka/native.ts'
import type { Logger } from '../log.ts'
import type { Coordinator, CoordinatorCalls } from '../loop/coordinator.ts'
import { Loop } from '../loop/loop.ts'
import { loopSchemas, loopServices } from '../loop/loop-services.ts'
import { LoopCounters, operationsOf } from '../loop-counters.ts'
import type { SchemaSource } from '../serde/schema-source.ts'
import type { Schemas } from '../serde/schemas.ts'
import { threadsOf } from './loop-threads.ts'
import { type EventLoop, WorkerLoop } from './worker-loop.ts'

/** The time that a drain may take beyond its settings. */
const DRAIN_MARGIN_MS = 5000
/** The time for the threads to end by themselves. */
const END_TIMEOUT_MS = 2000

/** What the event loops use of their process. */
export interface ProcessParts {
  readonly coordinator: Coordinator
  /** Undefined without a cluster of processes. */
  readonly directory: InstanceDirectory | undefined
  /** Undefined without a schema registry. */
  readonly source: SchemaSource | undefined
  /** Takes precedence over `source`. */
  readonly schemas: Schemas | undefined
  /** An event loop has ended by an error. The others go on. */
  readonly onFailure: (error: Error) => void
}

/** Starts and stops the event loops together. */
export class EventLoops {
  /** Of each event loop. */
  readonly counters: readonly LoopCounters[]
  readonly #config: Config
  readonly #loops: readonly EventLoop[]

  constructor(config: Config, log: Logger, parts: ProcessParts) {
    this.#config = config
    Server.prepare(config['max.request.header.size'])
    const operations = operationsOf(countedRoutesOf(config))
    const totals = new ConnectionTotals(listenersOf(config).length)
    const threads = threadsOf(config)
    this.counters = Array.from({ length: threads }, () => new LoopCounters(operations))
    this.#loops =
      threads === 1
        ? [ownLoop(config, log, parts, totals, this.counters[0] as LoopCounters)]
        : this.counters.map((counters, index) => workerLoop(config, parts, totals, counters, index))
  }

  /** Listens with each event loop. Returns the ports. Rejects with an error that names a taken address. */
  async start(): Promise<number[]> {
    const ports = this.#loops.length === 1 ? undefined : this.#unsharedPorts()
    await Promise.all(this.#loops.map((loop) => loop.prepare(ports)))
    // All at once: the first one would get the connections of all clients that wait.
    const [opened = []] = await Promise.all(this.#loops.map((loop) => loop.start()))
    return opened
  }

  /** See Loop. Tells all event loops at once. Does not wait for one that hangs. */
  async drain(): Promise<void> {
    const { 'sluice.shutdown.delay.ms': delay, 'shutdown.graceful.ms': grace } = this.#config
    await this.#each((loop) => loop.drain(), delay + grace + DRAIN_MARGIN_MS)
  }

  /** Ends all connections, and then the threads. */
  async close(): Promise<void> {
    await this.#each((loop) => loop.close(), END_TIMEOUT_MS)
    await this.#each((loop) => loop.ended(), END_TIMEOUT_MS)
  }

  /** Resolves when the calls of all event loops have ended, or after `timeoutMs`. */
  async #each(call: (loop: EventLoop) => Promise<void>, timeoutMs: number): Promise<void> {
    const limit = sleep(timeoutMs, undefined, { ref: false })
    await Promise.race([Promise.allSettled(this.#loops.map(call)), limit])
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

/** The event loop of the main thread. */
function ownLoop(
  config: Config,
  log: Logger,
  { coordinator, directory, source, schemas }: ProcessParts,
  totals: ConnectionTotals,
  counters: LoopCounters,
): EventLoop {
  const shared = { counters, totals, sharesPorts: false }
  const own = schemas ?? (source && loopSchemas(config, source))
  const refreshed: Coordinator = {
    isReady: () => coordinator.isReady(),
    writeLog: (lines) => coordinator.writeLog(lines),
    renderMetrics() {
      loop.writeGauges()
      return coordinator.renderMetrics()
    },
  }
  const loop = new Loop(config, loopServices(config, refreshed, own, directory), log, shared)
  return {
    prepare: () => loop.prepare(),
    start: () => loop.start(),
    drain: () => loop.drain(),
    close: () => loop.close(),
    ended: async () => {},
  }
}

function workerLoop(
  config: Config,
  { coordinator, directory, source, onFailure }: ProcessParts,
  totals: ConnectionTotals,
  counters: LoopCounters,
  index: number,
): EventLoop {
  const start = {
    config,
    index,
    counters: counters.memory,
    totals: totals.memory,
    hasSchemas: source !== undefined,
  }
  return new WorkerLoop(start, callsOf(coordinator, source, directory), onFailure)
}

/** The methods that a worker may call. */
function callsOf(
  coordinator: Coordinator,
  source: SchemaSource | undefined,
  directory: InstanceDirectory | undefined,
): CoordinatorCalls {
  return {
    isReady: () => coordinator.isReady(),
    renderMetrics: () => coordinator.renderMetrics(),
    writeLog: (lines) => coordinator.writeLog(lines),
    ...(directory && directoryCalls(directory)),
    ...(source && {
      findSchema: (id) => source.findSchema(id),
      lookUp: (subject, schema) => source.lookUp(subject, schema),
      findLatest: (subject) => source.findLatest(subject),
      register: (subject, schema) => source.register(subject, schema),
      getVersionOfId: (subject, id) => source.getVersionOfId(subject, id),
    }),
  }
}
