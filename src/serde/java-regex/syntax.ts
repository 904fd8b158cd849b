/** The syntax tree of expressions. */
import type { CodeSet } from './code-set.ts'

/** A zero-width assertion. */
export type Place =
  /** `^`, `\A`, and `\G` of a first match. */
  | 'start'
  /** `\z`. */
  | 'end'
  /** `$`, `\Z`: the end, or before the line terminator that ends the text. */
  | 'last line end'
  /** The same with `\n` as the only line terminator. */
  | 'last unix line end'
  /** `^` and `$` in multi-line mode. */
  | 'line start'
  | 'line end'
  | 'unix line start'
  | 'unix line end'
  /** `\b` and `\B`. */
  | 'word boundary'
  | 'no word boundary'

/** The strategy of a repetition. */
export type Greed = 'greedy' | 'reluctant' | 'possessive'

/** A node of the tree. */
export type Node =
  | { readonly kind: 'set'; readonly set: CodeSet }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly branches: readonly Node[] }
  | {
      readonly kind: 'repeat'
      readonly node: Node
      readonly min: number
      /** Infinity without an upper bound. */
      readonly max: number
      readonly greed: Greed
    }
  /** A capturing group, numbered from 1. */
  | { readonly kind: 'group'; readonly node: Node; readonly index: number }
  /** A group without backtracking into it. */
  | { readonly kind: 'atomic'; readonly node: Node }
  | {
      readonly kind: 'look'
      readonly node: Node
      readonly isBehind: boolean
      readonly isNegated: boolean
    }
  | { readonly kind: 'reference'; readonly index: number; readonly ignoresCase: boolean }

/** The empty expression, which always matches. */
export const EMPTY: Node = { kind: 'sequence', items: [] }

/** Returns the children of a node. */
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

/** Estimates the number of RE2's instructions for an expression, in which repetitions are written out. */
export function sizeOf(node: Node): number {
  if (node.kind === 'repeat') {
    const times = Number.isFinite(node.max) ? node.max : node.min
    return (sizeOf(node.node) + 1) * Math.max(1, times)
  }
  return partsOf(node).reduce((sum, part) => sum + sizeOf(part), 1)
}

/** Returns the maximum length of a match in UTF-16 code units; infinite without a bound. */
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
