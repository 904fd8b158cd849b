/**
 * Look-ahead where it is used most: at the start, as in `^(?!admin$)(?=.*\d).{8,}$`. Such an expression is the same as
 * several that all hold, or don't, and those need no look-ahead.
 */

/** An expression that a text must match, or must not. */
export interface Condition {
  readonly pattern: string
  readonly isNegated: boolean
}

/** The conditions that stand for an expression; undefined of one that isn't made so. */
export function splitLookahead(pattern: string): readonly Condition[] | undefined {
  const conditions: Condition[] = []
  let at = 1
  while (/^\(\?[=!]/.test(pattern.slice(at, at + 3))) {
    const end = endOfGroup(pattern, at)
    if (end === undefined) return undefined
    const isNegated = pattern[at + 2] === '!'
    conditions.push({ pattern: `^(?:${pattern.slice(at + 3, end - 1)})`, isNegated })
    at = end
  }
  const rest = pattern.slice(at)
  // The start, and what is looked for, belongs to the first alternative only; a quantifier to what is looked for.
  const isWhole = pattern.startsWith('^') && !hasAlternatives(rest) && !/^[*+?{]/.test(rest)
  if (!isWhole || conditions.length === 0) return undefined
  return [...conditions, { pattern: `^(?:${rest})`, isNegated: false }]
}

/** Behind the parenthesis that closes the one at a place. */
function endOfGroup(pattern: string, start: number): number | undefined {
  let depth = 0
  for (const { token, at } of tokensOf(pattern.slice(start))) {
    if (token === '(') depth++
    if (token === ')' && --depth === 0) return start + at + 1
  }
  return undefined
}

function hasAlternatives(pattern: string): boolean {
  let depth = 0
  for (const { token } of tokensOf(pattern)) {
    if (token === '(') depth++
    if (token === ')') depth--
    if (depth === 0 && token === '|') return true
  }
  return false
}

/** Parentheses and bars, where they mean what they are: not escaped, nor in a class. */
function* tokensOf(pattern: string): Iterable<{ token: string; at: number }> {
  for (const match of pattern.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|[()|]/gs)) {
    yield { token: match[0], at: match.index }
  }
}
