/** The log: pino's JSON lines on stdout, readable ones on a terminal. Never payloads or secrets. */
import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

export type { Logger }

/** As the configuration has it; `auto` is `pretty` when stdout is a terminal. */
export interface LogOptions {
  level: string
  format: 'auto' | 'json' | 'pretty'
}

/** The root logger of the process. */
export function createLog({ level, format }: LogOptions): Logger {
  const readable = format === 'pretty' || (format === 'auto' && process.stdout.isTTY === true)
  // In this thread and synchronous: what was logged before a crash is there after it.
  const stream = readable ? pretty({ ignore: 'pid,hostname', sync: true }) : undefined
  const options = { level, base: { pid: process.pid } }
  return stream ? pino(options, stream) : pino(options)
}

const LEVELS = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug'] as const

/** Logs a line of librdkafka's; `level` is syslog's, 0 to 7. */
export function logSyslog(log: Logger, level: number, line: string): void {
  log[LEVELS[level] ?? 'info']({ component: 'engine' }, line)
}
