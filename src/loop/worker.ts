/** The main file of a worker thread, which has one event loop. */
import { parentPort, workerData } from 'node:worker_threads'
import { countedRoutesOf } from '../api/routes.ts'
import { Epoch } from '../auth/epoch.ts'
import type { CredentialChecker } from '../auth/verdict.ts'
import type { InstanceDirectory } from '../cluster/instance-directory.ts'
import { type Config, clusterOf, listenersOf } from '../config/index.ts'
import { ConnectionTotals } from '../http/connection-totals.ts'
import { ProcessLimits } from '../limits/process-limits.ts'
import { ForwardedLines } from '../line-output.ts'
import { createLineLog } from '../log.ts'
import { type BoundedLog, LoopCounters, operationsOf } from '../loop-counters.ts'
import { type CallPort, PortCalls } from '../port-calls.ts'
import { WorkerPool } from '../serde-workers/pool.ts'
import { WorkerLoads } from '../serde-workers/worker-loads.ts'
import type { CoordinatorCalls, LoopControl } from './coordinator.ts'
import { Loop } from './loop.ts'
import { loopServices } from './loop-services.ts'

/** What the process gives to a worker at its start. */
export interface WorkerStart {
  readonly config: Config
  /** 0 or more; a field of its lines in the log. */
  readonly index: number
  /** The memory of LoopCounters, ConnectionTotals and ProcessLimits. */
  readonly counters: SharedArrayBuffer
  readonly totals: SharedArrayBuffer
  readonly limits: SharedArrayBuffer
  /** The text of the rules of access; undefined without any. */
  readonly accessRules: string | undefined
  /** The memory of WorkerLoads; undefined without a schema registry. */
  readonly loads: SharedArrayBuffer | undefined
  /** The memory of Epoch; undefined if no listener asks for credentials. */
  readonly epoch: SharedArrayBuffer | undefined
}

const { config, index, totals, limits, accessRules, loads, epoch, ...start } =
  workerData as WorkerStart
const counters = new LoopCounters(operationsOf(countedRoutesOf(config)), start.counters)
const port = parentPort as NonNullable<typeof parentPort>

const calls: PortCalls<CoordinatorCalls> = new PortCalls(port as CallPort, {
  prepare: (ports, tls) => loop.prepare(ports, tls),
  replaceTls: (tls) => loop.replaceTls(tls),
  replaceAccessRules: (text) => loop.replaceAccessRules(text),
  onSchemaWorkerEnded: (worker, start, cause) => loop.onSchemaWorkerEnded(worker, start, cause),
  start: () => loop.start(),
  drain: () => loop.drain(),
  async close() {
    await loop.close()
    // Nothing else keeps the thread alive.
    port.unref()
  },
} satisfies LoopControl)

const { remote } = calls
const fields = { loop: index }
const log = createLineLog(
  config['sluice.log.level'],
  fields,
  new ForwardedLines((lines) => remote.writeLines('log', lines)),
)

function outputOf(name: BoundedLog): ForwardedLines {
  return new ForwardedLines(
    (lines) => remote.writeLines(name, lines),
    (lines) => counters.observeOmitted(name, lines),
  )
}

const workers = loads && new WorkerPool(new WorkerLoads(loads), remote)

const loop = new Loop(
  config,
  loopServices(
    config,
    log,
    remote,
    workers,
    clusterOf(config) && (remote as unknown as InstanceDirectory),
  ),
  log,
  {
    counters,
    totals: new ConnectionTotals(listenersOf(config).length, totals),
    limits: new ProcessLimits(config, limits),
    outputs: { requests: outputOf('requests'), audit: outputOf('audit'), fields },
    accessRules,
    sharesPorts: true,
    isFirst: index === 0,
    workers,
    authority: epoch && {
      checker: remote as unknown as CredentialChecker,
      epoch: new Epoch(epoch),
    },
  },
)
