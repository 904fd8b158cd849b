/**
 * The rules of `sluice.access.rules`: lines with an effect, who it concerns, and conditions. The first rule that matches a
 * request decides about it; a request that no rule matches is denied.
 */
import { networksTest, ValueFault } from '../config/index.ts'
import { type Patterns, patternsOf } from './patterns.ts'

/** What a rule depends on. Values of a condition are alternatives; all conditions of a rule have to hold. */
const CONDITIONS = [
  'principal',
  'group',
  'from',
  'method',
  'endpoint',
  'topic',
  'consumer-group',
] as const
type Condition = (typeof CONDITIONS)[number]

/** A rule. Conditions that it does not have are undefined. */
export interface AccessRule {
  /** From 1. */
  readonly line: number
  readonly text: string
  readonly allows: boolean
  readonly principal: Patterns | undefined
  readonly group: Patterns | undefined
  readonly from: ((address: string) => boolean) | undefined
  readonly method: Patterns | undefined
  readonly endpoint: Patterns | undefined
  readonly topic: Patterns | undefined
  readonly consumerGroup: Patterns | undefined
}

/** A file of rules that cannot be used. The message names the line. */
export class AccessRulesError extends Error {}

/** A value in quotes may have any characters; a quote or a backslash in it follows a backslash. */
const VALUE = String.raw`(?:"(?:[^"\\]|\\.)*"|[^\s",]+)`
const WORD = new RegExp(String.raw`\s*(?:(\*)|([a-z-]+):(${VALUE}(?:,${VALUE})*))(?=\s|$)`, 'y')
const EACH_VALUE = new RegExp(VALUE, 'g')
/** Those of routes; GET stands for HEAD. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * Parses the text of a file.
 *
 * @param endpoints the names of all endpoints: one that a rule misspells would make it void
 * @throws AccessRulesError
 */
export function parseRules(text: string, endpoints: readonly string[]): readonly AccessRule[] {
  const rules: AccessRule[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    try {
      rules.push(parseRule(trimmed, index + 1, endpoints))
    } catch (error) {
      if (!(error instanceof ValueFault)) throw error
      throw new AccessRulesError(`line ${index + 1}: expected ${error.message}`)
    }
  }
  return rules
}

function parseRule(text: string, line: number, endpoints: readonly string[]): AccessRule {
  const [, effect, rest = ''] = /^(allow|deny)\s+(.+)$/.exec(text) ?? []
  if (effect === undefined) throw new ValueFault('"allow …" or "deny …"')
  const { isForAll, values } = parseWords(rest)
  const of = (condition: Condition) => values.get(condition)
  const patterns = (condition: Condition) => {
    const given = of(condition)
    return given && patternsOf(given)
  }
  checkWho(isForAll, values)
  const networks = of('from')
  for (const method of of('method') ?? []) checkOneOf(method, METHODS)
  for (const name of of('endpoint') ?? []) checkEndpoint(name, endpoints)
  return {
    line,
    text,
    allows: effect === 'allow',
    principal: patterns('principal'),
    group: patterns('group'),
    from: networks && networksTest(networks),
    method: patterns('method'),
    endpoint: patterns('endpoint'),
    topic: patterns('topic'),
    consumerGroup: patterns('consumer-group'),
  }
}

function parseWords(text: string) {
  const values = new Map<Condition, readonly string[]>()
  let isForAll = false
  for (WORD.lastIndex = 0; WORD.lastIndex < text.length; ) {
    const rest = text.slice(WORD.lastIndex)
    const [whole, all, name = '', list = ''] = WORD.exec(text) ?? []
    if (whole === undefined) throw new ValueFault(`* or condition:value,… at "${rest.trim()}"`)
    if (all) isForAll = true
    else values.set(conditionOf(name, values), [...list.matchAll(EACH_VALUE)].map(unquoted))
  }
  return { isForAll, values }
}

function conditionOf(name: string, given: ReadonlyMap<Condition, unknown>): Condition {
  const condition = CONDITIONS.find((each) => each === name)
  if (!condition) throw new ValueFault(`one of ${CONDITIONS.join(', ')} instead of "${name}"`)
  if (given.has(condition)) throw new ValueFault(`one list of values for ${name}`)
  return condition
}

function unquoted([value]: RegExpMatchArray): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
}

/** A rule that names nobody is more likely to be a mistake than a rule for all. */
function checkWho(isForAll: boolean, values: ReadonlyMap<Condition, unknown>): void {
  const isForSome = values.has('principal') || values.has('group')
  if (isForAll === isForSome) throw new ValueFault('either principal:… or group:…, or * for all')
}

function checkOneOf(value: string, valid: readonly string[]): void {
  if (!valid.includes(value))
    throw new ValueFault(`one of ${valid.join(', ')} instead of "${value}"`)
}

function checkEndpoint(pattern: string, endpoints: readonly string[]): void {
  if (!endpoints.some(patternsOf([pattern]).matches)) {
    throw new ValueFault(`names of endpoints, as in api.v2.topics.*, instead of "${pattern}"`)
  }
}
