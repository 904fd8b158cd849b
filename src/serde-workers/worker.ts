/** The main file of a worker thread, which encodes and decodes records with schemas for all event loops. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Config } from '../config/index.ts'
import { mailbox } from '../kafka/native.ts'
import { type CallPort, PortCalls } from '../port-calls.ts'
import { COMPILERS, type Compilers } from '../serde/formats.ts'
import { Busy } from '../serde/limits/busy.ts'
import { RefusedSchemas } from '../serde/limits/refused-schemas.ts'
import { configuredSchemas } from './configured-schemas.ts'
import { JobServer } from './job-server.ts'
import { AnswerMemory } from './kept-answers.ts'
import { ProcessSource, type RegistryProcess } from './process-source.ts'

/** What the process gives to a worker at its start. */
export interface WorkerStart {
  readonly config: Config
  /** 0 or more. */
  readonly index: number
  /** The number of the starts that the worker with this index has had. */
  readonly start: number
  /** Of AnswerMemory. */
  readonly registrations: SharedArrayBuffer
  /** The memory of Busy, and of RefusedSchemas. */
  readonly busy: SharedArrayBuffer
  readonly refused: SharedArrayBuffer
  /** The URL of a module that exports COMPILERS; undefined for those of Sluice. */
  readonly compilers: string | undefined
}

/** The methods of a worker for its process. */
export interface WorkerControl {
  /** Serves jobs from now on. */
  serve(): void
}

const start = workerData as WorkerStart
const port = parentPort as NonNullable<typeof parentPort>
const compilers = start.compilers
  ? ((await import(start.compilers)) as { COMPILERS: Compilers }).COMPILERS
  : COMPILERS

const calls: PortCalls<RegistryProcess> = new PortCalls(port as CallPort, {
  serve: () => mailbox.serveJobs(start.index, start.start, server),
} satisfies WorkerControl)

const server = new JobServer(
  configuredSchemas(start.config, {
    sourceOf: (login) => new ProcessSource(calls.remote as RegistryProcess, login),
    answers: new AnswerMemory(start.registrations),
    compilers,
    busy: new Busy(start.busy),
    refused: new RefusedSchemas(start.config['sluice.schema.work.max.ms'], start.refused),
  }),
)
