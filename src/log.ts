/** The log: pino's JSON lines on stdout, formatted lines on a terminal. It has no payloads and no secrets. */
import { writeSync } from 'node:fs'
import { type DestinationStream, type Logger, pino } from 'pino'
import { LineOutput } from './line-output.ts'

export type { Logger }

/** An optional dependency. Without it a terminal gets JSON lines too. */
const pretty = await import('pino-pretty').then(
  (module) => module.default,
  () => undefined,
)

/** The settings of the log. `auto` is `pretty` when stdout is a terminal. */
export interface LogOptions {
  level: string
  format: 'auto' | 'json' | 'pretty'
}

/** The root logger of the process. */
export function createLog({ level, format }: LogOptions): Logger {
  const readable = format === 'pretty' || (format === 'auto' && process.stdout.isTTY === true)
  const options = optionsOf(level)
  if (readable && pretty) {
    const formatters = { ...LEVEL_NAMES, log: printable }
    const readably = pretty({ ignore: 'pid,hostname', sync: true, messageFormat })
    return pino({ ...options, formatters, serializers: { err: printableError } }, readably)
  }
  // Asynchronous, so that a slow reader of the output does not delay requests.
  const output = new LineOutput('stdout', tellStandardError)
  return pino({ ...options, formatters: LEVEL_NAMES }, output)
}

const STANDARD_ERROR = 2

/** The log itself cannot tell it. */
function tellStandardError(reason: string): void {
  try {
    writeSync(STANDARD_ERROR, `the log is not written: ${reason}\n`)
  } catch {
    // Both may be on the same disk. The log goes on when it can be written again.
  }
}

function optionsOf(level: string, fields: Record<string, unknown> = {}) {
  const timestamp = pino.stdTimeFunctions.isoTime
  return { level, base: { pid: process.pid, ...fields }, timestamp }
}

/**
 * A logger whose lines go to `sink`, as those of a worker thread, or those of a log beside this one. `fields` are in each
 * line.
 */
export function createLineLog(
  level: string,
  fields: Record<string, unknown>,
  sink: { write(line: string): void },
): Logger {
  return pino({ ...optionsOf(level, fields), formatters: LEVEL_NAMES }, sink)
}

/** Writes lines of a log of createLineLog, or other lines, where `log` writes its own. */
export function writeLines(log: Logger, lines: string): void {
  const { [pino.symbols.streamSym]: stream } = log as unknown as Record<symbol, DestinationStream>
  stream?.write(lines)
}

/** Writes the names of levels instead of pino's numbers. */
const LEVEL_NAMES = { level: (label: string) => ({ level: label }) }

/** Control characters, which could end a line or control a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

function printableText(text: string): string {
  return text.replace(CONTROL, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

function messageFormat(line: Record<string, unknown>, messageKey: string): string {
  return printableText(String(line[messageKey] ?? ''))
}

function printable(fields: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? printableText(value) : value,
  ])
  return Object.fromEntries(entries)
}

/** Keeps the line ends of the stack and escapes those of the message. */
function printableError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const message = printableText(error.message)
  const stack = (error.stack ?? '').replace(error.message, () => message)
  const lines = stack.split('\n').map(printableText)
  return { type: error.name, message, stack: lines.join('\n') }
}

const FLUSH_TIMEOUT_MS = 1000

/** Resolves when all lines are written, or after a timeout. Callers await it before they exit. */
export function flushLog(log: Pick<Logger, 'flush'>): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, FLUSH_TIMEOUT_MS).unref()
    log.flush(() => resolve())
  })
}

const LEVELS = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug'] as const

/** Logs a line of librdkafka. `level` is syslog's, 0 to 7. */
export function logSyslog(log: Logger, level: number, line: string): void {
  log[LEVELS[level] ?? 'info']({ component: 'engine' }, line)
}
