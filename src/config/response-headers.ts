/** The header fields that `response.http.headers.config` adds to responses, in the grammar of Confluent's proxy. */

import { ValueFault } from './define.ts'

/** A field that responses get. */
export interface HeaderRule {
  /** `set` replaces the fields of the name that earlier rules made; `add` keeps them. */
  readonly action: 'set' | 'add'
  readonly name: string
  /** A text, or for a date the distance of the response's date from its moment, in milliseconds. */
  readonly value: string | number
}

/** A name of a method or of a header field (RFC 9110, 5.6.2). */
export const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/

const ACTIONS: ReadonlyMap<string, { action: HeaderRule['action']; isDate: boolean }> = new Map([
  ['set', { action: 'set', isDate: false }],
  ['add', { action: 'add', isDate: false }],
  ['setDate', { action: 'set', isDate: true }],
  ['addDate', { action: 'add', isDate: true }],
])

/** Fields that the server computes: a second one would break the framing or contradict the first. */
const COMPUTED: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
])

const EXPECTED = '"set|add|setDate|addDate Name: value", separated by commas'
/** White space, then a quoted item, in which a backslash escapes, or a plain one; then a comma or the end. */
const ITEM = /[ \t]*(?:"((?:[^"\\]|\\.)*)"[ \t]*|([^,"]*))(?:,|$)/y
const RULE = /^(\S+)\s+([^\s:]+)\s*:\s*(.*)$/s
/** Visible ASCII, with spaces and tabs inside. */
const VALUE = /^[\x20-\x7e\t]*$/
const INTEGER = /^[+-]?\d{1,15}$/

/** Parses the rules. Throws a `ValueFault` that names the first invalid one. */
export function parseHeaderRules(text: string): readonly HeaderRule[] {
  return Object.freeze(itemsOf(text).map(parseRule))
}

function itemsOf(text: string): string[] {
  const items: string[] = []
  for (ITEM.lastIndex = 0; ITEM.lastIndex < text.length; ) {
    const rest = text.slice(ITEM.lastIndex)
    const match = ITEM.exec(text)
    if (!match) throw new ValueFault(`${EXPECTED}; quotes around a whole item, at: ${rest.trim()}`)
    const item = match[1]?.replace(/\\(.)/g, '$1') ?? match[2] ?? ''
    if (item.trim() !== '') items.push(item.trim())
  }
  return items
}

function parseRule(item: string): HeaderRule {
  const [, word = '', name = '', value = ''] = RULE.exec(item) ?? []
  const known = ACTIONS.get(word)
  if (!known || !TOKEN.test(name)) throw new ValueFault(`${EXPECTED}, instead of "${item}"`)
  if (COMPUTED.has(name.toLowerCase())) {
    throw new ValueFault(`names of fields that the server does not compute itself, unlike ${name}`)
  }
  if (!VALUE.test(value)) throw new ValueFault(`a value of visible ASCII in "${item}"`)
  const { action, isDate } = known
  if (!isDate) return { action, name, value }
  if (!INTEGER.test(value)) throw new ValueFault(`a number of milliseconds in "${item}"`)
  return { action, name, value: Number(value) }
}
