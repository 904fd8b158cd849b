/** Sets of Unicode code points, as sorted ranges. */

/** The last code point. */
export const MAX_CODE = 0x10ffff

/** Disjoint, non-adjacent, inclusive ranges: from, to, from, to … */
type Ranges = readonly number[]

/** An immutable set. */
export class CodeSet {
  static readonly NONE = new CodeSet([])
  static readonly ALL = new CodeSet([0, MAX_CODE])

  readonly ranges: Ranges
  /** RE2's name of this set, which is shorter than its ranges. */
  readonly name: string | undefined

  private constructor(ranges: Ranges, name?: string) {
    this.ranges = ranges
    this.name = name
  }

  /** Returns the union of ranges in any order: from, to, from, to … */
  static of(...ranges: readonly number[]): CodeSet {
    return CodeSet.#merged(ranges)
  }

  /** Returns the union of sets. */
  static union(sets: readonly CodeSet[]): CodeSet {
    const filled = sets.filter(({ ranges }) => ranges.length > 0)
    if (filled.length < 2) return filled[0] ?? CodeSet.NONE
    return CodeSet.#merged(filled.flatMap(({ ranges }) => ranges))
  }

  static #merged(ranges: readonly number[]): CodeSet {
    const merged: number[] = []
    for (const pair of sortedPairs(ranges)) {
      const [from, to] = [Math.floor(pair / PAIR), pair % PAIR]
      const last = merged.at(-1)
      if (last === undefined || from > last + 1) merged.push(from, to)
      else merged[merged.length - 1] = Math.max(last, to)
    }
    return new CodeSet(merged)
  }

  /** Returns the characters of a text. */
  static ofText(text: string): CodeSet {
    return CodeSet.#merged(
      [...text].flatMap((character) => {
        const code = character.codePointAt(0) ?? 0
        return [code, code]
      }),
    )
  }

  named(name: string): CodeSet {
    return new CodeSet(this.ranges, name)
  }

  has(code: number): boolean {
    const { ranges } = this
    let low = 0
    let high = ranges.length >> 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (code > (ranges[2 * middle + 1] as number)) low = middle + 1
      else high = middle
    }
    return 2 * low < ranges.length && code >= (ranges[2 * low] as number)
  }

  or(other: CodeSet): CodeSet {
    return CodeSet.union([this, other])
  }

  and(other: CodeSet): CodeSet {
    return this.negated().or(other.negated()).negated()
  }

  negated(): CodeSet {
    const gaps: number[] = []
    let next = 0
    for (let at = 0; at < this.ranges.length; at += 2) {
      const from = this.ranges[at] as number
      if (from > next) gaps.push(next, from - 1)
      next = (this.ranges[at + 1] as number) + 1
    }
    if (next <= MAX_CODE) gaps.push(next, MAX_CODE)
    return new CodeSet(gaps, negatedName(this.name))
  }
}

/** A range is the number `from` × PAIR + `to`: numbers are sorted faster than pairs. */
const PAIR = 2 ** 21

function sortedPairs(ranges: Ranges): Float64Array {
  const pairs = new Float64Array(ranges.length / 2)
  for (let at = 0; at < pairs.length; at++) {
    pairs[at] = (ranges[2 * at] as number) * PAIR + (ranges[2 * at + 1] as number)
  }
  return pairs.sort()
}

/** Exchanges `\p` and `\P`. */
function negatedName(name: string | undefined): string | undefined {
  return name?.replace(/^\\(p|P)/, (_, letter) => (letter === 'p' ? '\\P' : '\\p'))
}
