/** Compiles expressions to instructions for the matcher. */
import { CodeSet } from './code-set.ts'
import { type Greed, maxLengthOf, type Node, type Place } from './syntax.ts'

/**
 * One instruction. Numbers such as `next` are indexes of instructions; other instructions continue with the following
 * one.
 */
export type Instruction =
  | { readonly op: 'set'; readonly set: CodeSet }
  | { readonly op: 'place'; readonly place: Place }
  /** Repeats a set. */
  | {
      readonly op: 'run'
      readonly set: CodeSet
      readonly min: number
      readonly max: number
      readonly greed: Greed
    }
  /** Continues at `first`, or at `second` if that fails. */
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; next: number }
  /** Stores the position in a register. */
  | { readonly op: 'mark'; readonly register: number }
  | { readonly op: 'zero'; readonly register: number }
  /** Starts an iteration: a counter, and the position of the last iteration. */
  | {
      readonly op: 'loop'
      readonly counter: number
      readonly began: number
      readonly min: number
      readonly max: number
      readonly isReluctant: boolean
      exit: number
    }
  | { readonly op: 'reference'; readonly index: number; readonly ignoresCase: boolean }
  /** Matches up to an `accept` without later backtracking, and continues at `exit`. */
  | { readonly op: 'atomic'; exit: number }
  | {
      readonly op: 'look'
      readonly isNegated: boolean
      /** The maximum length of a look-behind in code units; undefined for a look-ahead. */
      readonly behind: number | undefined
      exit: number
    }
  | { readonly op: 'accept' }

/** The input of the matcher. */
export interface Program {
  readonly instructions: readonly Instruction[]
  /** The number of registers: two per group, the first two unused, and two per loop. */
  readonly registers: number
  /** Whether matches begin at the start of a text only. */
  readonly isAnchored: boolean
}

/** @param groups the number of groups */
export function compileProgram(node: Node, groups: number): Program {
  const compiler = new Compiler(groups)
  compiler.add(node)
  compiler.emit({ op: 'accept' })
  const { instructions, registers } = compiler
  return { instructions, registers, isAnchored: beginsAtStart(node) }
}

function beginsAtStart(node: Node): boolean {
  switch (node.kind) {
    case 'place':
      return node.place === 'start'
    case 'sequence':
      return node.items[0] !== undefined && beginsAtStart(node.items[0])
    case 'group':
    case 'atomic':
      return beginsAtStart(node.node)
    case 'choice':
      return node.branches.length > 0 && node.branches.every(beginsAtStart)
    default:
      return false
  }
}

class Compiler {
  readonly instructions: Instruction[] = []
  registers: number

  readonly #groups: number

  constructor(groups: number) {
    this.#groups = groups
    this.registers = 2 * (groups + 1)
  }

  emit<T extends Instruction>(instruction: T): T {
    this.instructions.push(instruction)
    return instruction
  }

  add(node: Node): void {
    switch (node.kind) {
      case 'set':
        this.emit({ op: 'set', set: node.set })
        break
      case 'place':
        this.emit({ op: 'place', place: node.place })
        break
      case 'sequence':
        for (const item of node.items) this.add(item)
        break
      case 'choice':
        this.#choice(node.branches)
        break
      case 'repeat':
        this.#repeat(node)
        break
      case 'group':
        this.emit({ op: 'mark', register: 2 * node.index })
        this.add(node.node)
        this.emit({ op: 'mark', register: 2 * node.index + 1 })
        break
      case 'atomic':
        this.#enclosed(this.emit({ op: 'atomic', exit: 0 }), node.node)
        break
      case 'look': {
        const behind = node.isBehind ? maxLengthOf(node.node) : undefined
        this.#enclosed(
          this.emit({ op: 'look', isNegated: node.isNegated, behind, exit: 0 }),
          node.node,
        )
        break
      }
      case 'reference':
        this.#reference(node)
        break
    }
  }

  /** A reference to a missing group never matches. */
  #reference({ index, ignoresCase }: Node & { kind: 'reference' }): void {
    if (index > this.#groups) this.emit({ op: 'set', set: CodeSet.NONE })
    else this.emit({ op: 'reference', index, ignoresCase })
  }

  #choice(branches: readonly Node[]): void {
    const jumps: { next: number }[] = []
    for (const [index, branch] of branches.entries()) {
      if (index === branches.length - 1) {
        this.add(branch)
        break
      }
      const split = this.emit({ op: 'split', first: this.#here + 1, second: 0 })
      this.add(branch)
      jumps.push(this.emit({ op: 'jump', next: 0 }))
      split.second = this.#here
    }
    for (const jump of jumps) jump.next = this.#here
  }

  #repeat({ node, min, max, greed }: Node & { kind: 'repeat' }): void {
    if (node.kind === 'set') {
      this.emit({ op: 'run', set: node.set, min, max, greed })
    } else if (greed === 'possessive') {
      const loop: Node = { kind: 'repeat', node, min, max, greed: 'greedy' }
      this.#enclosed(this.emit({ op: 'atomic', exit: 0 }), loop)
    } else this.#loop(node, min, max, greed === 'reluctant')
  }

  #loop(node: Node, min: number, max: number, isReluctant: boolean): void {
    const counter = this.registers++
    const began = this.registers++
    this.emit({ op: 'zero', register: counter })
    const head = this.#here
    const loop = this.emit({ op: 'loop', counter, began, min, max, isReluctant, exit: 0 })
    this.add(node)
    this.emit({ op: 'jump', next: head })
    loop.exit = this.#here
  }

  #enclosed(opening: { exit: number }, node: Node): void {
    this.add(node)
    this.emit({ op: 'accept' })
    opening.exit = this.#here
  }

  get #here(): number {
    return this.instructions.length
  }
}
