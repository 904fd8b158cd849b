/** What an expression of java.util.regex consists of. */
import type { CodeSet } from './code-set.ts'

/** Where a place must be, which no character is taken for. */
export type Place =
  /** `^`, `\A`, and `\G` of a first match. */
  | 'start'
  /** `\z`. */
  | 'end'
  /** `$`, `\Z`: the end, or before the line terminator that ends the text. */
  | 'last line end'
  /** The same where `\n` alone ends lines. */
  | 'last unix line end'
  /** `^` and `$` in multi-line mode. */
  | 'line start'
  | 'line end'
  | 'unix line start'
  | 'unix line end'
  /** `\b` and `\B`. */
  | 'word boundary'
  | 'no word boundary'

/** How eagerly a repetition takes what there is. */
export type Greed = 'greedy' | 'reluctant' | 'possessive'

/** A part of an expression. */
export type Node =
  | { readonly kind: 'set'; readonly set: CodeSet }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly branches: readonly Node[] }
  | {
      readonly kind: 'repeat'
      readonly node: Node
      readonly min: number
      /** May be infinite. */
      readonly max: number
      readonly greed: Greed
    }
  /** Its text is kept under a number, from 1 on. */
  | { readonly kind: 'group'; readonly node: Node; readonly index: number }
  /** What was matched first is not tried otherwise. */
  | { readonly kind: 'atomic'; readonly node: Node }
  | {
      readonly kind: 'look'
      readonly node: Node
      readonly isBehind: boolean
      readonly isNegated: boolean
    }
  | { readonly kind: 'reference'; readonly index: number; readonly ignoresCase: boolean }

/** Nothing, which is everywhere. */
export const EMPTY: Node = { kind: 'sequence', items: [] }

/** The parts that a part consists of. */
export function partsOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'sequence':
      return node.items
    case 'choice':
      return node.branches
    case 'repeat':
    case 'group':
    case 'atomic':
    case 'look':
      return [node.node]
    default:
      return []
  }
}

/** How many UTF-16 code units a part takes at most; infinite when there is no bound. */
export function maxLengthOf(node: Node): number {
  switch (node.kind) {
    case 'set':
      return (node.set.ranges.at(-1) ?? 0) > 0xffff ? 2 : 1
    case 'choice':
      return Math.max(0, ...node.branches.map(maxLengthOf))
    case 'repeat': {
      const length = maxLengthOf(node.node)
      return length === 0 ? 0 : length * node.max
    }
    case 'place':
    case 'look':
      return 0
    case 'reference':
      return Number.POSITIVE_INFINITY
    default:
      return partsOf(node).reduce((sum, part) => sum + maxLengthOf(part), 0)
  }
}
