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
import type { SchemaSource } from '../serde/schema-source.ts'
import type { CoordinatorCalls, LoopControl } from './coordinator.ts'
import { Loop } from './loop.ts'
import { loopSchemas, loopServices } from './loop-services.ts'

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
  readonly hasSchemas: boolean
  /** The memory of Epoch; undefined if no listener asks for credentials. */
  readonly epoch: SharedArrayBuffer | undefined
}

const { config, index, totals, limits, accessRules, hasSchemas, epoch, ...start } =
  workerData as WorkerStart
const counters = new LoopCounters(operationsOf(countedRoutesOf(config)), start.counters)
const port = parentPort as NonNullable<typeof parentPort>

const calls: PortCalls<CoordinatorCalls> = new PortCalls(port as CallPort, {
  prepare: (ports, tls) => loop.prepare(ports, tls),
  replaceTls: (tls) => loop.replaceTls(tls),
  replaceAccessRules: (text) => loop.replaceAccessRules(text),
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

const loop = new Loop(
  config,
  loopServices(
    config,
    log,
    remote,
    hasSchemas ? loopSchemas(config, remote as unknown as SchemaSource) : undefined,
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
    authority: epoch && {
      checker: remote as unknown as CredentialChecker,
      epoch: new Epoch(epoch),
    },
  },
)
