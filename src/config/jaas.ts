/** Parses `sasl.jaas.config`, the credentials of Java clients in one line. */

import { ValueFault } from './define.ts'

/** A login module with its options. */
export interface JaasEntry {
  /** The class name without its package. */
  readonly module: string
  readonly options: ReadonlyMap<string, string>
}

const ENTRY = /^\s*([\w.$]+)\s+(?:required|requisite|sufficient|optional)\b(.*?);\s*$/is
const OPTION = /\s+([\w.$-]+)\s*=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"';]+)/gsy
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

/** Parses `Module flag key="value" …;`. Throws a `ValueFault` without the text. */
export function parseJaas(text: string): JaasEntry {
  const [, className = '', rest = ''] = ENTRY.exec(text) ?? []
  const matches = [...rest.matchAll(OPTION)]
  const understood = matches.map(([match]) => match).join('')
  if (className === '' || understood.trim() !== rest.trim()) {
    throw new ValueFault('one login module, as in: Module required username="…" password="…";')
  }
  const options = matches.map(([, name = '', value = '']) => [name, unquoted(value)] as const)
  return { module: className.replace(/^.*\./, ''), options: new Map(options) }
}

/** The value of an option, without its quotes and escapes. */
export function unquoted(value: string): string {
  if (!/^["']/.test(value)) return value
  return value.slice(1, -1).replace(/\\(.)/gs, (_, char: string) => ESCAPES[char] ?? char)
}
