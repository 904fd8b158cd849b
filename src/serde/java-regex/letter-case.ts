/** Case variants of letters for `(?i)` in ASCII, and for `(?iu)` in Unicode. */
import { CodeSet } from './code-set.ts'
import type { Flags } from './reader.ts'

/** A set of at most this many characters looks each up; a larger one goes through all letters. */
const FEW = 8

/** Adds the case variants of a set's letters if the flags ask for them. */
export function caseVariantsOf(set: CodeSet, { ignoresCase, hasUnicodeCase }: Flags): CodeSet {
  if (!ignoresCase) return set
  const variants = variantsIn(set, hasUnicodeCase ? allCases() : asciiCases())
  return variants.length === 0 ? set : set.or(CodeSet.of(...variants))
}

function variantsIn(set: CodeSet, cases: Cases): number[] {
  const { ranges } = set
  const [first = 0, last = -1] = [ranges[0], ranges.at(-1)]
  if (last - first < FEW) {
    const codes = Array.from({ length: last - first + 1 }, (_, index) => first + index)
    const own = codes.filter((code) => set.has(code))
    return own.flatMap((code) => cases.get(code) ?? []).flatMap((code) => [code, code])
  }
  const variants: number[] = []
  for (const [code, others] of cases) {
    if (others.some((other) => set.has(other))) variants.push(code, code)
  }
  return variants
}

/** The case variants of each letter that has any. */
type Cases = ReadonlyMap<number, readonly number[]>

let ascii: Cases | undefined

function asciiCases(): Cases {
  ascii ??= new Map(
    Array.from({ length: 26 }, (_, index) => 0x41 + index).flatMap((upper) => [
      [upper, [upper + 0x20]] as const,
      [upper + 0x20, [upper]] as const,
    ]),
  )
  return ascii
}

let all: Cases | undefined

function allCases(): Cases {
  all ??= findAllCases()
  return all
}

/** Finds case variants as Java compares: by upper case, and by its lower case. */
function findAllCases(): Cases {
  const byUpper = new Map<number, number[]>()
  for (let code = 0; code <= LAST_WITH_CASES; code++) {
    const upper = simple(code, (text) => text.toUpperCase())
    const lower = simple(upper, (text) => text.toLowerCase())
    const own = simple(code, (text) => text.toLowerCase())
    if (upper === code && own === code) continue
    byUpper.set(lower, [...new Set([...(byUpper.get(lower) ?? []), code, upper, lower])])
  }
  const cases = new Map<number, number[]>()
  for (const family of byUpper.values()) {
    for (const code of family) {
      const others = family.filter((other) => other !== code)
      cases.set(code, [...(cases.get(code) ?? []), ...others])
    }
  }
  return cases
}

const LAST_WITH_CASES = 0x1e943

/** Mappings to several characters are ignored, as in Java. */
function simple(code: number, change: (text: string) => string): number {
  const changed = change(String.fromCodePoint(code))
  const first = changed.codePointAt(0) ?? code
  return changed.length === String.fromCodePoint(first).length ? first : code
}
