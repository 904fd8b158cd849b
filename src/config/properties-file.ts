/**
 * Parses and writes Java's .properties files, exactly as `java.util.Properties` does.
 */

/** A pair, in the order of the file. Keys may repeat. */
export interface PropertyEntry {
  readonly key: string
  readonly value: string
  /** The first line of the pair, from 1. */
  readonly line: number
}

const LINE_END = /\r\n|\r|\n/
const LEADING_SPACE = /^[ \t\f]+/
/** A comment, a blank line, or a continuation of nothing. */
const EMPTY = /^(?:[#!].*|\\?)$/
/** A key up to the first separator without a backslash, one separator, and the value. */
const PAIR = /^((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)$/s
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(.))/gs
const ESCAPED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

/**
 * Parses a .properties file. Its bytes are ISO-8859-1, as in Java; `\uXXXX` stands for other characters. Throws a
 * `SyntaxError` that names the line of a malformed `\u`.
 */
export function parseProperties(bytes: Buffer): PropertyEntry[] {
  return logicalLines(bytes.toString('latin1')).map(({ text, line }) => {
    const [, key = '', value = ''] = PAIR.exec(text) ?? []
    return { key: unescaped(key, line), value: unescaped(value, line), line }
  })
}

/** Formats a pair as one line of ASCII, from which `parseProperties` returns the same pair. */
export function formatProperty(key: string, value: string): string {
  return `${escaped(key, /[=: #!\\]/g)}=${escaped(value, /^ |\\/g)}`
}

interface LogicalLine {
  readonly text: string
  readonly line: number
}

/** Returns the lines without comments and blank ones, joined with their continuations. */
function logicalLines(text: string): LogicalLine[] {
  const natural = text.split(LINE_END).map((line) => line.replace(LEADING_SPACE, ''))
  const lines: LogicalLine[] = []
  for (let next = 0; next < natural.length; ) {
    const line = next + 1
    let joined = natural[next++] ?? ''
    if (EMPTY.test(joined)) continue
    // A continuation is never a comment, even if it begins like one.
    while (isContinued(joined)) joined = joined.slice(0, -1) + (natural[next++] ?? '')
    lines.push({ text: joined, line })
  }
  return lines
}

function isContinued(line: string): boolean {
  const [backslashes = ''] = /\\*$/.exec(line) ?? []
  return backslashes.length % 2 === 1
}

function unescaped(text: string, line: number): string {
  return text.replace(ESCAPE, (_, code?: string, char?: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
    if (char === 'u') throw new SyntaxError(`line ${line}: \\u must be followed by four hex digits`)
    return ESCAPED[char ?? ''] ?? char ?? ''
  })
}

function escaped(text: string, special: RegExp): string {
  return text
    .replace(special, '\\$&')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\f', '\\f')
    .replaceAll('\r', '\\r')
    .replace(/[^ -~\\]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
