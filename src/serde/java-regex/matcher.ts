/**
 * A backtracking matcher for look-around, back references and possessive quantifiers. Backtracking may take
 * exponential time, as in Java, but all steps are counted, so the limit is the same on every machine.
 */

import type { CodeSet } from './code-set.ts'
import { isAt } from './places.ts'
import type { Instruction, Program } from './program.ts'

/** Receives the number of steps; throws above the limit. */
export type Charge = (steps: number) => void

/** The limit of the stack: 80 MB of numbers. */
const MAX_STACK = 10_000_000

/** Steps between two charges. */
const STEPS_PER_CHARGE = 1000

/** Whether a program matches anywhere in a text. */
export function find(program: Program, text: string, charge: Charge): boolean {
  return new Matcher(program, text, charge).find()
}

/** The value of an unset register. */
const UNSET = -1

class Matcher {
  readonly #program: Program
  readonly #text: string
  readonly #charge: Charge
  readonly #registers: Int32Array
  /**
   * Alternatives to try, in entries of three numbers: an instruction, a position and 0, or RESTORE, a register and its
   * value.
   */
  readonly #stack: number[] = []
  #steps = 0

  readonly #count = (steps = 1): void => {
    this.#steps += steps
    if (this.#steps < STEPS_PER_CHARGE) return
    this.#charge(this.#stack.length > MAX_STACK ? Number.POSITIVE_INFINITY : this.#steps)
    this.#steps = 0
  }

  constructor(program: Program, text: string, charge: Charge) {
    this.#program = program
    this.#text = text
    this.#charge = charge
    this.#registers = new Int32Array(program.registers).fill(UNSET)
  }

  find(): boolean {
    const last = this.#program.isAnchored ? 0 : this.#text.length
    for (let start = 0; start <= last; start += this.#sizeAt(start)) {
      if (this.#run(0, start, undefined) !== undefined) return true
    }
    return false
  }

  /**
   * Runs from an instruction to the `accept` of its level. Returns the position of the match; undefined without a
   * match. Afterwards the stack has its previous alternatives, and entries that restore registers.
   * @param end the position at which the match must end; undefined for any
   */
  #run(first: number, start: number, end: number | undefined): number | undefined {
    const base = this.#stack.length
    let index = first
    let at: number | undefined = start
    while (at !== undefined) {
      const instruction = this.#program.instructions[index] as Instruction
      this.#count()
      if (instruction.op === 'accept' && (end ?? at) === at) {
        this.#dropAlternatives(base)
        return at
      }
      at = this.#step(instruction, index, at) ?? this.#backtrack(base)
      index = this.#next
    }
    return undefined
  }

  /** The next instruction: a second result of `#step` and `#backtrack`. */
  #next = 0

  /** Returns the position behind an instruction; undefined on failure. */
  #step(instruction: Instruction, index: number, at: number): number | undefined {
    this.#next = index + 1
    switch (instruction.op) {
      case 'set':
        return this.#set(instruction, at)
      case 'place':
        return isAt(instruction.place, this.#text, at, this.#count) ? at : undefined
      case 'run':
        return this.#runOf(instruction, index, at)
      case 'split':
        this.#stack.push(instruction.second, at, 0)
        this.#next = instruction.first
        return at
      case 'jump':
        this.#next = instruction.next
        return at
      case 'mark':
        this.#keep(instruction.register, at)
        return at
      case 'zero':
        this.#keep(instruction.register, 0)
        return at
      case 'loop':
        return this.#loop(instruction, index, at)
      case 'reference':
        return this.#reference(instruction, at)
      case 'atomic':
        return this.#atomic(instruction, index, at)
      case 'look':
        return this.#look(instruction, index, at)
      case 'accept':
        return undefined
    }
  }

  #set({ set }: Instruction & { op: 'set' }, at: number): number | undefined {
    const code = this.#text.codePointAt(at)
    if (code === undefined || !set.has(code)) return undefined
    return at + (code > 0xffff ? 2 : 1)
  }

  /** Consumes a run of characters at once. Shorter runs are one alternative, tried in sequence. */
  #runOf(run: Instruction & { op: 'run' }, index: number, at: number): number | undefined {
    const { set, min, max, greed } = run
    const least = this.#extend(set, at, min)
    if (this.#extended < min) return undefined
    if (greed === 'reluctant') {
      if (max > min) this.#stack.push(~index, least, max - min)
      return least
    }
    const end = this.#extend(set, least, max - min)
    if (greed === 'greedy' && end > least) this.#stack.push(~index, end, least)
    return end
  }

  /** The number of characters that the last `#extend` consumed. */
  #extended = 0

  /** Consumes characters of a set up to a number. Returns the position behind them. */
  #extend(set: CodeSet, at: number, most: number): number {
    let end = at
    let count = 0
    for (; count < most; count++) {
      const code = this.#text.codePointAt(end)
      if (code === undefined || !set.has(code)) break
      end += code > 0xffff ? 2 : 1
      this.#count()
    }
    this.#extended = count
    return end
  }

  #loop(loop: Instruction & { op: 'loop' }, index: number, at: number): number | undefined {
    const { counter, began, min, max, isReluctant, exit } = loop
    const count = this.#registers[counter] as number
    const isIdle = count > 0 && this.#registers[began] === at
    if (count >= max || isIdle) {
      this.#next = exit
      return at
    }
    if (count >= min && isReluctant) {
      // The alternative enters another iteration, which counts when it is taken.
      this.#stack.push(~index, at, count)
      this.#next = exit
      return at
    }
    if (count >= min) this.#stack.push(exit, at, 0)
    this.#keep(counter, count + 1)
    this.#keep(began, at)
    return at
  }

  #reference(
    { index, ignoresCase }: Instruction & { op: 'reference' },
    at: number,
  ): number | undefined {
    const from = this.#registers[2 * index] ?? UNSET
    const to = this.#registers[2 * index + 1] ?? UNSET
    if (from === UNSET || to === UNSET) return undefined
    const end = at + to - from
    const wanted = this.#text.slice(from, to)
    const found = this.#text.slice(at, end)
    this.#count(to - from)
    const isSame = ignoresCase ? asciiLower(wanted) === asciiLower(found) : wanted === found
    return isSame ? end : undefined
  }

  #atomic({ exit }: Instruction & { op: 'atomic' }, index: number, at: number): number | undefined {
    const end = this.#run(index + 1, at, undefined)
    this.#next = exit
    return end
  }

  #look(look: Instruction & { op: 'look' }, index: number, at: number): number | undefined {
    const { isNegated, behind, exit } = look
    const base = this.#stack.length
    const isFound =
      behind === undefined
        ? this.#run(index + 1, at, undefined) !== undefined
        : this.#isBehind(index + 1, at, behind)
    if (isFound === isNegated) {
      this.#restore(base)
      return undefined
    }
    this.#next = exit
    return at
  }

  #isBehind(first: number, at: number, behind: number): boolean {
    for (let start = at; start >= Math.max(0, at - behind); start--) {
      if (this.#run(first, start, at) !== undefined) return true
    }
    return false
  }

  /** Sets a register, and restores it on backtracking. */
  #keep(register: number, value: number): void {
    this.#stack.push(RESTORE, register, this.#registers[register] as number)
    this.#registers[register] = value
  }

  /** Returns the position of the last alternative above a stack height; undefined when there is none. */
  #backtrack(base: number): number | undefined {
    const stack = this.#stack
    while (stack.length > base) {
      const value = stack.pop() as number
      const at = stack.pop() as number
      const next = stack.pop() as number
      if (next === RESTORE) this.#registers[at] = value
      else if (next >= 0) {
        this.#next = next
        return at
      } else {
        const position = this.#resume(~next, at, value)
        if (position !== undefined) return position
      }
    }
    return undefined
  }

  /** Continues a run or a reluctant loop with its next alternative. */
  #resume(index: number, at: number, value: number): number | undefined {
    const instruction = this.#program.instructions[index] as Instruction
    this.#next = index + 1
    if (instruction.op === 'loop') {
      this.#keep(instruction.counter, value + 1)
      this.#keep(instruction.began, at)
      return at
    }
    const run = instruction as Instruction & { op: 'run' }
    if (run.greed === 'greedy') {
      const end = at - this.#sizeBefore(at)
      if (end > value) this.#stack.push(~index, end, value)
      return end
    }
    const code = this.#text.codePointAt(at)
    if (code === undefined || !run.set.has(code)) return undefined
    const end = at + (code > 0xffff ? 2 : 1)
    if (value > 1) this.#stack.push(~index, end, value - 1)
    return end
  }

  /** Drops the alternatives above a stack height. Entries that restore registers stay. */
  #dropAlternatives(base: number): void {
    const stack = this.#stack
    let kept = base
    for (let entry = base; entry < stack.length; entry += 3) {
      if (stack[entry] !== RESTORE) continue
      stack.copyWithin(kept, entry, entry + 3)
      kept += 3
    }
    stack.length = kept
  }

  #restore(base: number): void {
    this.#dropAlternatives(base)
    this.#backtrack(base)
  }

  #sizeAt(at: number): number {
    return (this.#text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  }

  #sizeBefore(at: number): number {
    const isPair =
      (this.#text.charCodeAt(at - 1) & 0xfc00) === 0xdc00 && this.#sizeAt(at - 2) === 2 && at >= 2
    return isPair ? 2 : 1
  }
}

/** Marks a stack entry that restores a register. The value and its complement differ from all instructions. */
const RESTORE = Number.MIN_SAFE_INTEGER

function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
