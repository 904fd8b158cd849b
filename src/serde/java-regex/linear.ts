/**
 * Expressions in RE2's language, which matches in linear time whatever the expression: all that is made of sets,
 * sequences, choices and repetitions. What an expression only asks about, at its start (`^(?!admin$)(?=.*\d).{8,}$`), are
 * expressions of their own.
 */
import type { CodeSet } from './code-set.ts'
import type { Expression } from './parser.ts'
import type { Node, Place } from './syntax.ts'

/** What RE2 is to find, or not to find. */
export interface Condition {
  readonly pattern: string
  readonly isNegated: boolean
}

/** An expression as conditions that all must hold. */
export interface LinearForm {
  readonly conditions: readonly Condition[]
  /** Whether it is right for texts of ASCII only: `\b` knows no other words there. */
  readonly needsAscii: boolean
  /** Whether it is wrong for a text that ends with `\r\n`, between which `$` is nowhere. */
  readonly hasLineEnd: boolean
}

/** Undefined for an expression that is not regular. */
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

/** What is asked about at the start, and the rest. */
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

  /** @param isLast whether nothing comes behind, so that a place at the end may as well take what is there */
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
    // Which of several ways is tried first makes no difference to whether there is one.
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

/** The texts of all, joined; undefined when one has none. */
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
