/** Instructions for the matcher, made of an expression. */
import { CodeSet } from './code-set.ts'
import { type Greed, maxLengthOf, type Node, type Place } from './syntax.ts'

/** One step. `next` and the like are indexes of instructions; those that name none go on with the one behind them. */
export type Instruction =
  | { readonly op: 'set'; readonly set: CodeSet }
  | { readonly op: 'place'; readonly place: Place }
  /** A repetition of one character. */
  | {
      readonly op: 'run'
      readonly set: CodeSet
      readonly min: number
      readonly max: number
      readonly greed: Greed
    }
  /** Goes on at `first`; if that fails, at `second`. */
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; next: number }
  /** Keeps the position in a register. */
  | { readonly op: 'mark'; readonly register: number }
  | { readonly op: 'zero'; readonly register: number }
  /** The head of a loop: a counter, and where its last round began. */
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
  /** What is behind it, up to an `accept`, is matched for itself; goes on at `exit`. */
  | { readonly op: 'atomic'; exit: number }
  | {
      readonly op: 'look'
      readonly isNegated: boolean
      /** How many code units back it may begin; undefined when it looks ahead. */
      readonly behind: number | undefined
      exit: number
    }
  | { readonly op: 'accept' }

/** What the matcher runs. */
export interface Program {
  readonly instructions: readonly Instruction[]
  /** Two a group, of its start and end, the first two unused; then those of loops. */
  readonly registers: number
  /** Whether it can only begin at the start of a text. */
  readonly isAnchored: boolean
}

/** @param groups how many the expression has */
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

  /** One to a group that there is not matches nowhere. */
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
