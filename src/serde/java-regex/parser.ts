/**
 * Parses expressions with java.util.regex's syntax. ECMAScript's `\u{1F600}` and its property names are accepted too,
 * where Java has no other meaning for them.
 */
import { ClassParser } from './class-parser.ts'
import { CodeSet } from './code-set.ts'
import { caseVariantsOf } from './letter-case.ts'
import { LINE_TERMINATORS } from './properties.ts'
import { type Flags, NO_FLAGS, Reader } from './reader.ts'
import { EMPTY, type Greed, type Node, type Place } from './syntax.ts'

/** A parsed expression. */
export interface Expression {
  readonly node: Node
  /** The number of its groups. */
  readonly groups: number
  /** The number of ranges in all parts of its classes, which is the work of parsing them. */
  readonly ranges: number
}

/** @throws {SyntaxError} with the reason and the position */
export function parseExpression(pattern: string): Expression {
  return new Parser(new Reader(pattern)).parse()
}

/** Escapes of positions. */
const PLACES: Readonly<Record<string, Place>> = {
  A: 'start',
  G: 'start',
  z: 'end',
  b: 'word boundary',
  B: 'no word boundary',
}

const LINE_END: Node = {
  kind: 'choice',
  branches: [
    { kind: 'sequence', items: [single('\r'), single('\n')] },
    { kind: 'set', set: CodeSet.ofText('\n\v\f\r\x85\u2028\u2029') },
  ],
}

class Parser {
  readonly #reader: Reader
  readonly #classes: ClassParser
  readonly #names = new Map<string, number>()
  #flags: Flags = NO_FLAGS
  #groups = 0
  #depth = 0

  constructor(reader: Reader) {
    this.#reader = reader
    this.#classes = new ClassParser(reader)
  }

  parse(): Expression {
    const node = this.#choice()
    if (!this.#reader.isAtEnd) throw this.#reader.fault('a parenthesis is closed that is not open')
    return { node, groups: this.#groups, ranges: this.#classes.ranges }
  }

  #choice(): Node {
    const branches = [this.#sequence()]
    while (this.#reader.accept('|')) branches.push(this.#sequence())
    return branches.length === 1 ? (branches[0] ?? EMPTY) : { kind: 'choice', branches }
  }

  #sequence(): Node {
    const items: Node[] = []
    for (;;) {
      this.#skipIgnored()
      const next = this.#reader.peek()
      if (next === '' || next === '|' || next === ')') break
      const atom = this.#atom(next)
      if (atom !== undefined) items.push(this.#quantified(atom))
    }
    return items.length === 1 ? (items[0] ?? EMPTY) : { kind: 'sequence', items }
  }

  /** Returns undefined for flags without a group. */
  #atom(next: string): Node | undefined {
    switch (next) {
      case '(':
        this.#reader.skip()
        return this.#group()
      case '[':
        this.#reader.skip()
        return { kind: 'set', set: this.#classes.read(this.#flags) }
      case '\\':
        this.#reader.skip()
        return this.#escape()
      case '^':
        this.#reader.skip()
        return { kind: 'place', place: this.#lineStart() }
      case '$':
        this.#reader.skip()
        return { kind: 'place', place: this.#lineEnd() }
      case '.':
        this.#reader.skip()
        return { kind: 'set', set: this.#dot() }
      case '*':
      case '+':
      case '?':
        throw this.#reader.fault(`there is nothing before ${next} that it could repeat`)
      case '{':
        // A brace without an atom repeats the empty expression, as in Java.
        return EMPTY
      default:
        this.#reader.skip()
        return this.#literal(next)
    }
  }

  #quantified(node: Node): Node {
    this.#skipIgnored()
    const bounds = this.#bounds()
    if (bounds === undefined) return node
    const [min, max] = bounds
    // A repeated `\R` is atomic, as in Java.
    const part: Node = node === LINE_END ? { kind: 'atomic', node } : node
    return { kind: 'repeat', node: part, min, max, greed: this.#greed() }
  }

  #bounds(): readonly [min: number, max: number] | undefined {
    if (this.#reader.accept('?')) return [0, 1]
    if (this.#reader.accept('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#reader.accept('+')) return [1, Number.POSITIVE_INFINITY]
    return this.#reader.accept('{') ? this.#numberedBounds() : undefined
  }

  #numberedBounds(): readonly [min: number, max: number] {
    const min = this.#reader.number()
    if (min === undefined) throw this.#reader.fault('{ is no repetition: write \\{ for the brace')
    const isRange = this.#reader.accept(',')
    const last = isRange ? this.#reader.number() : min
    if (!this.#reader.accept('}')) throw this.#reader.fault('a repetition is not closed by }')
    const max = last ?? Number.POSITIVE_INFINITY
    if (max < min) throw this.#reader.fault(`no number is between ${min} and ${max}`)
    if (Math.max(min, last ?? 0) > MAX_REPETITIONS) {
      throw this.#reader.fault(`a repetition is above ${MAX_REPETITIONS}`)
    }
    return [min, max]
  }

  #greed(): Greed {
    if (this.#reader.accept('?')) return 'reluctant'
    return this.#reader.accept('+') ? 'possessive' : 'greedy'
  }

  #group(): Node | undefined {
    const outer = this.#flags
    if (++this.#depth > MAX_DEPTH) throw this.#reader.fault(`groups nest deeper than ${MAX_DEPTH}`)
    const node = this.#groupContent()
    this.#depth--
    if (node === undefined) return undefined
    this.#flags = outer
    if (!this.#reader.accept(')')) throw this.#reader.fault('a parenthesis is not closed')
    return node
  }

  #groupContent(): Node | undefined {
    const { accept } = this.#reader
    if (!accept('?')) return this.#capture()
    if (accept(':')) return this.#choice()
    if (accept('>')) return { kind: 'atomic', node: this.#choice() }
    if (accept('=')) return this.#look(false, false)
    if (accept('!')) return this.#look(false, true)
    if (accept('<=')) return this.#look(true, false)
    if (accept('<!')) return this.#look(true, true)
    if (accept('<')) return this.#capture(this.#groupName())
    return this.#inlineFlags()
  }

  #capture(name?: string): Node {
    const index = ++this.#groups
    if (name !== undefined) {
      if (this.#names.has(name)) throw this.#reader.fault(`there are two groups called ${name}`)
      this.#names.set(name, index)
    }
    return { kind: 'group', node: this.#choice(), index }
  }

  #groupName(): string {
    const name = this.#reader.until('>')
    if (name === undefined || !/^[a-zA-Z][a-zA-Z0-9]*$/.test(name)) {
      throw this.#reader.fault('the name of a group is letters and digits, and closed by >')
    }
    return name
  }

  #look(isBehind: boolean, isNegated: boolean): Node {
    const node = this.#choice()
    return { kind: 'look', node, isBehind, isNegated }
  }

  /** `(?i)` applies up to the end of the enclosing group; `(?i:…)` is a group. */
  #inlineFlags(): Node | undefined {
    this.#flags = this.#reader.flags(this.#flags)
    if (this.#reader.accept(')')) return undefined
    if (this.#reader.accept(':')) return this.#choice()
    throw this.#reader.fault(`(?${this.#reader.peek()} begins no group`)
  }

  #escape(): Node {
    const letter = this.#reader.peek()
    if (/^[1-9]$/.test(letter)) return this.#numberedReference()
    const place = this.#placeOf(letter)
    if (place !== undefined) {
      this.#reader.skip()
      return { kind: 'place', place }
    }
    if (this.#reader.accept('R')) return LINE_END
    if (this.#reader.accept('k')) return this.#namedReference()
    const item = this.#classes.escape(this.#flags)
    return typeof item === 'number'
      ? this.#literal(String.fromCodePoint(item))
      : { kind: 'set', set: item }
  }

  /** Returns the position that an escape stands for. */
  #placeOf(letter: string): Place | undefined {
    if (letter === 'Z') return this.#flags.isUnix ? 'last unix line end' : 'last line end'
    const isGraphemes =
      letter === 'b' && this.#reader.peek(1) === '{' && this.#reader.peek(2) === 'g'
    if (isGraphemes) throw this.#reader.fault('\\b{g} is not supported')
    return Object.hasOwn(PLACES, letter) ? PLACES[letter] : undefined
  }

  /** Reads as many digits as there are groups. */
  #numberedReference(): Node {
    let index = Number(this.#reader.take())
    for (let next = this.#reader.peek(); /^\d$/.test(next); next = this.#reader.peek()) {
      const longer = 10 * index + Number(next)
      if (longer > this.#groups) break
      index = longer
      this.#reader.skip()
    }
    return { kind: 'reference', index, ignoresCase: this.#flags.ignoresCase }
  }

  #namedReference(): Node {
    if (!this.#reader.accept('<'))
      throw this.#reader.fault('\\k is not followed by the <name> of a group')
    const name = this.#groupName()
    const index = this.#names.get(name)
    if (index === undefined) throw this.#reader.fault(`no group before is called ${name}`)
    return { kind: 'reference', index, ignoresCase: this.#flags.ignoresCase }
  }

  #literal(character: string): Node {
    const set = CodeSet.ofText(character)
    return { kind: 'set', set: caseVariantsOf(set, this.#flags) }
  }

  #dot(): CodeSet {
    if (this.#flags.hasDotAll) return CodeSet.ALL
    return (this.#flags.isUnix ? CodeSet.ofText('\n') : LINE_TERMINATORS).negated()
  }

  #lineStart(): Place {
    if (!this.#flags.isMultiLine) return 'start'
    return this.#flags.isUnix ? 'unix line start' : 'line start'
  }

  #lineEnd(): Place {
    const { isMultiLine, isUnix } = this.#flags
    if (isMultiLine) return isUnix ? 'unix line end' : 'line end'
    return isUnix ? 'last unix line end' : 'last line end'
  }

  #skipIgnored(): void {
    if (this.#flags.hasComments) this.#reader.skipComments()
  }
}

/** The limit for nested groups, which bounds the matcher's recursion. */
const MAX_DEPTH = 250

/** The limit of Java's 32-bit integers. */
const MAX_REPETITIONS = 2 ** 31 - 1

function single(character: string): Node {
  return { kind: 'set', set: CodeSet.ofText(character) }
}
