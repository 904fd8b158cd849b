/**
 * What an event loop asks of its process. With one event loop both are in the main thread; otherwise the loops are in
 * worker threads, and call the coordinator over a port.
 */
import type { CredentialChecker } from '../auth/verdict.ts'
import type { InstanceDirectory } from '../cluster/instance-directory.ts'
import type { TlsOptions } from '../http/server.ts'
import type { BrokerCaller } from '../kafka/direct/calls.ts'
import type { EndCause } from '../serde-workers/pool.ts'

/** The methods of the process. Arguments and results can be cloned. All rejections are RestErrors. */
export interface Coordinator extends BrokerCaller {
  /** Whether load balancers should send requests to this process. */
  isReady(): Promise<boolean>
  /** The metrics of the process, in Prometheus's text format. */
  renderMetrics(): Promise<string>
  /** See WorkerStarter. */
  startSchemaWorker(index: number): Promise<number>
  /** Writes lines of a log, which are whole. Resolves when it has taken them. */
  writeLines(output: OutputName, lines: string): Promise<void>
}

/** The outputs of the process for lines of its event loops: the log, the request log, the audit log. */
export type OutputName = 'log' | 'requests' | 'audit'

/** The coordinator; and the instances of the cluster, and the check of credentials, if there are any. */
export type CoordinatorCalls = Coordinator & Partial<InstanceDirectory> & Partial<CredentialChecker>

/** The TLS of an event loop. */
export interface LoopTls {
  /** Of the listeners for clients and for operators, in their order; undefined for those without. */
  readonly listeners: readonly (TlsOptions | undefined)[]
  /** Of the listeners for other processes, and of connections to these; undefined without. */
  readonly peers: TlsOptions | undefined
}

/** The methods of an event loop for its process. */
export interface LoopControl {
  /** See Loop. */
  prepare(ports: readonly number[] | undefined, tls: LoopTls): Promise<void>
  /** See Loop. */
  start(): Promise<number[]>
  /** See Loop. */
  replaceTls(tls: LoopTls): Promise<void>
  /** See Loop. */
  replaceAccessRules(text: string): Promise<void>
  /** See WorkerPool. */
  onSchemaWorkerEnded(index: number, start: number, cause: EndCause | undefined): Promise<void>
  /** See Loop. */
  drain(): Promise<void>
  /** See Loop. */
  close(): Promise<void>
}
