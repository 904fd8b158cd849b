/**
 * Translates expressions to RE2, which matches in linear time: sets, sequences, choices and repetitions. Look-ahead at
 * the start (`^(?!admin$)(?=.*\d).{8,}$`) becomes separate expressions.
 */
import type { CodeSet } from './code-set.ts'
import type { Expression } from './parser.ts'
import type { Node, Place } from './syntax.ts'

/** An RE2 expression that must match, or must not match. */
export interface Condition {
  readonly pattern: string
  readonly isNegated: boolean
}

/** A conjunction of RE2 expressions. */
export interface LinearForm {
  readonly conditions: readonly Condition[]
  /** Whether the form is valid for ASCII texts only, because RE2's `\b` knows ASCII words only. */
  readonly needsAscii: boolean
  /** Whether the form is invalid for texts that end with `\r\n`, because `$` does not match between the two. */
  readonly hasLineEnd: boolean
}

/** Returns undefined for expressions that RE2 cannot represent. */
export function linearFormOf({ node }: Expression): LinearForm | undefined {
  const writer = new Writer()
  const conditions: Condition[] = []
  for (const { node: part, isNegated } of split(node)) {
    const pattern = writer.write(part, true)
    if (pattern === undefined) return undefined
    conditions.push({ pattern, isNegated })
  }
  const { needsAscii, hasLineEnd } = writer
  return { conditions, needsAscii, hasLineEnd }
}

interface Part {
  readonly node: Node
  readonly isNegated: boolean
}

const START: Node = { kind: 'place', place: 'start' }

/** Separates the look-ahead at the start from the rest. */
function split(node: Node): readonly Part[] {
  const whole = [{ node, isNegated: false }]
  if (node.kind !== 'sequence' || node.items[0]?.kind !== 'place') return whole
  if (node.items[0].place !== 'start') return whole
  const asked: Part[] = []
  let rest = 1
  for (; rest < node.items.length; rest++) {
    const item = node.items[rest]
    if (item?.kind !== 'look' || item.isBehind) break
    asked.push({ node: { kind: 'sequence', items: [START, item.node] }, isNegated: item.isNegated })
  }
  const items = [START, ...node.items.slice(rest)]
  return [...asked, { node: { kind: 'sequence', items }, isNegated: false }]
}

const MAX_REPETITIONS = 1000

class Writer {
  needsAscii = false
  hasLineEnd = false

  /** @param isLast whether nothing follows, so that a match at the end may consume the line terminator */
  write(node: Node, isLast: boolean): string | undefined {
    switch (node.kind) {
      case 'set':
        return classOf(node.set)
      case 'place':
        return this.#place(node.place, isLast)
      case 'sequence':
        return this.#sequence(node.items, isLast)
      case 'choice':
        return all(
          node.branches,
          (branch) => this.write(branch, isLast),
          (texts) => {
            return texts.length === 0 ? NOTHING : `(?:${texts.join('|')})`
          },
        )
      case 'repeat':
        return this.#repeat(node)
      case 'group':
        return this.write(node.node, isLast)
      default:
        return undefined
    }
  }

  #sequence(items: readonly Node[], isLast: boolean): string | undefined {
    const last = items.length - 1
    return all(
      items,
      (item, index) => this.write(item, isLast && index === last),
      (texts) => `(?:${texts.join('')})`,
    )
  }

  #repeat({ node, min, max, greed }: Node & { kind: 'repeat' }): string | undefined {
    if (greed === 'possessive' || min > MAX_REPETITIONS) return undefined
    if (Number.isFinite(max) && max > MAX_REPETITIONS) return undefined
    const text = this.write(node, false)
    if (text === undefined) return undefined
    // Greediness does not affect whether a match exists.
    if (max === Number.POSITIVE_INFINITY) {
      if (min === 0) return `(?:${text})*`
      return min === 1 ? `(?:${text})+` : `(?:${text}){${min},}`
    }
    return `(?:${text}){${min},${max}}`
  }

  #place(place: Place, isLast: boolean): string | undefined {
    switch (place) {
      case 'start':
        return '\\A'
      case 'end':
        return '\\z'
      case 'last line end':
        if (!isLast) return undefined
        this.hasLineEnd = true
        return '(?:[\\n\\r\\x{85}\\x{2028}\\x{2029}]?\\z)'
      case 'last unix line end':
        return isLast ? '(?:\\n?\\z)' : undefined
      case 'word boundary':
        this.needsAscii = true
        return '\\b'
      case 'no word boundary':
        this.needsAscii = true
        return '\\B'
      default:
        return undefined
    }
  }
}

/** Joins the texts of all items; undefined when an item has none. */
function all<T>(
  items: readonly T[],
  write: (item: T, index: number) => string | undefined,
  join: (texts: readonly string[]) => string,
): string | undefined {
  const texts: string[] = []
  for (const [index, item] of items.entries()) {
    const text = write(item, index)
    if (text === undefined) return undefined
    texts.push(text)
  }
  return join(texts)
}

const NOTHING = '[^\\x{0}-\\x{10FFFF}]'

function classOf({ name, ranges }: CodeSet): string {
  if (name !== undefined) return name
  if (ranges.length === 0) return NOTHING
  if (ranges.length === 2 && ranges[0] === ranges[1]) return character(ranges[0] as number)
  let text = ''
  for (let at = 0; at < ranges.length; at += 2) {
    text += `${character(ranges[at] as number)}-${character(ranges[at + 1] as number)}`
  }
  return `[${text}]`
}

function character(code: number): string {
  const text = String.fromCodePoint(code)
  return /^[a-zA-Z0-9]$/.test(text) ? text : `\\x{${code.toString(16)}}`
}
