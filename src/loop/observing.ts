/** The observer of an event loop's requests, as the configuration wants it. */
import type { Services } from '../api/services.ts'
import type { Config } from '../config/index.ts'
import { AuditLog } from '../http/audit-log.ts'
import { type LogRequest, requestLog } from '../http/request-log.ts'
import { RequestObserver } from '../http/request-observer.ts'
import type { LineSink } from '../line-output.ts'
import { createLineLog, type Logger } from '../log.ts'
import type { LoopCounters } from '../loop-counters.ts'

/** Where an event loop writes the lines that are not those of the log. */
export interface LoopOutputs {
  readonly requests: LineSink
  readonly audit: LineSink
  /** Fields of each line in JSON of the request log. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** Returns the observer of an event loop. */
export function observerOf(
  config: Config,
  log: Logger,
  counters: LoopCounters,
  outputs: LoopOutputs,
): RequestObserver<Services> {
  return new RequestObserver<Services>(log, counters, {
    requestLog: requestLogOf(config, log, outputs),
    auditLog: auditLogOf(config, counters, outputs),
    logsErrors: config['use.custom.request.logging'],
    showsStacks: config['debug'],
  })
}

/** Whether the request log needs what clients tell of themselves. */
export function logsAgents(config: Config): boolean {
  return config['sluice.log.requests'] && config['sluice.log.requests.format'] === 'ncsa'
}

function requestLogOf(config: Config, log: Logger, outputs: LoopOutputs): LogRequest | undefined {
  if (!config['sluice.log.requests']) return undefined
  const settings = {
    format: config['sluice.log.requests.format'],
    logsErrors: config['use.custom.request.logging'],
    oneOf: config['sluice.log.requests.one.of'],
  }
  // On standard output the lines have the format of the log, which may be the one for terminals.
  const lines =
    config['sluice.log.requests.destination'] === 'stdout'
      ? log.child({}, { level: 'info' })
      : createLineLog('info', outputs.fields, outputs.requests)
  return requestLog(settings, lines, outputs.requests)
}

function auditLogOf(
  config: Config,
  counters: LoopCounters,
  { audit }: LoopOutputs,
): AuditLog | undefined {
  if (config['sluice.audit.log'] === '') return undefined
  return new AuditLog(audit, {
    maxPerSecond: config['sluice.audit.log.max.per.second'],
    onOmitted: () => counters.observeOmitted('audit', 1),
  })
}
