/** Case variants of letters for `(?i)` in ASCII, and for `(?iu)` in Unicode. */
import { CodeSet } from './code-set.ts'
import type { Flags } from './reader.ts'

/** Adds the case variants of a set's letters if the flags ask for them. */
export function caseVariantsOf(set: CodeSet, { ignoresCase, hasUnicodeCase }: Flags): CodeSet {
  if (!ignoresCase) return set
  const variants: number[] = []
  for (const [code, ...others] of hasUnicodeCase ? allCases() : asciiCases()) {
    if (code !== undefined && others.some((other) => set.has(other))) variants.push(code, code)
  }
  return variants.length === 0 ? set : set.or(CodeSet.of(...variants))
}

/** Letters, each with its case variants. */
type Cases = readonly (readonly number[])[]

function asciiCases(): Cases {
  const cases: number[][] = []
  for (let letter = 0x41; letter <= 0x5a; letter++) {
    cases.push([letter, letter + 0x20], [letter + 0x20, letter])
  }
  return cases
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
  return [...byUpper.values()].flatMap((family) =>
    family.map((code) => [code, ...family.filter((other) => other !== code)]),
  )
}

const LAST_WITH_CASES = 0x1e943

/** Mappings to several characters are ignored, as in Java. */
function simple(code: number, change: (text: string) => string): number {
  const changed = change(String.fromCodePoint(code))
  const first = changed.codePointAt(0) ?? code
  return changed.length === String.fromCodePoint(first).length ? first : code
}
