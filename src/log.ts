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
  const options = { level, base: { pid: process.pid } }
  if (readable) return pino(options, pretty({ ignore: 'pid,hostname', sync: true }))
  // Asynchronous: whoever reads our output slowly must not hold up requests.
  // With a minLength of 0, the default, flush() would not wait.
  const destination = { dest: 1, sync: false, minLength: 1, maxLength: MAX_WAITING_BYTES }
  return pino(options, pino.destination(destination))
}

/** Lines beyond this many waiting for a slow reader are dropped. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024
const FLUSH_TIMEOUT_MS = 1000

/** Resolves when all lines are written, or their reader had its time. To be awaited before exiting. */
export function flushLog(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, FLUSH_TIMEOUT_MS).unref()
    log.flush(() => resolve())
  })
}

const LEVELS = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug'] as const

/** Logs a line of librdkafka's; `level` is syslog's, 0 to 7. */
export function logSyslog(log: Logger, level: number, line: string): void {
  log[LEVELS[level] ?? 'info']({ component: 'engine' }, line)
}
