/**
 * Rules that map the subject of a client's certificate to the name of a principal, as Kafka's
 * `ssl.principal.mapping.rules` (KIP-371): `RULE:pattern/replacement/[LU]` and `DEFAULT`.
 */

import { ValueFault } from './define.ts'

/** Returns the principal of a subject (RFC 2253), or undefined if no rule matches it. */
export type PrincipalMapping = (subject: string) => string | undefined

interface Rule {
  /** Matches a whole subject; undefined for DEFAULT. */
  readonly pattern: RegExp | undefined
  readonly replacement: string
  readonly letters: '' | 'L' | 'U'
}

/** Text of a pattern or of a replacement. A backslash escapes a slash. */
const TEXT = String.raw`((?:\\.|[^\\/])*)`
const RULE = new RegExp(String.raw`^\s*(?:DEFAULT|RULE:${TEXT}/${TEXT}/([LU]?))\s*(?:,|$)`)

/** Compiles the rules; empty ones are DEFAULT. Throws a `ValueFault`. */
export function principalMapping(text: string): PrincipalMapping {
  const rules = text.trim() === '' ? [DEFAULT] : rulesOf(text)
  return (subject) => {
    for (const rule of rules) {
      const principal = apply(rule, subject)
      if (principal !== undefined) return principal
    }
    return undefined
  }
}

const DEFAULT: Rule = { pattern: undefined, replacement: '', letters: '' }

function rulesOf(text: string): Rule[] {
  const rules: Rule[] = []
  for (let rest = text; rest.trim() !== ''; ) {
    const match = RULE.exec(rest)
    if (!match) throw new ValueFault(`RULE:pattern/replacement/[LU] or DEFAULT at "${rest.trim()}"`)
    const [whole, pattern, replacement = '', letters = ''] = match
    rules.push(
      pattern === undefined
        ? DEFAULT
        : { pattern: compile(pattern), replacement, letters: letters as Rule['letters'] },
    )
    rest = rest.slice(whole.length)
  }
  return rules
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`)
  } catch (error) {
    throw new ValueFault(`regular expressions in the rules: ${(error as Error).message}`)
  }
}

function apply({ pattern, replacement, letters }: Rule, subject: string): string | undefined {
  if (!pattern) return subject
  const groups = pattern.exec(subject)
  if (!groups) return undefined
  const principal = replacement
    .replace(/\\(.)|\$(\d)/g, (_, escaped?: string, group?: string) =>
      escaped === undefined ? (groups[Number(group)] ?? '') : escaped,
    )
    .trim()
  if (letters === 'L') return principal.toLowerCase()
  return letters === 'U' ? principal.toUpperCase() : principal
}
