/** A mistake that somebody could make, and what became of it. */
import { testsOf } from './tests-of.ts'

/** One mistake. */
export interface Mutant {
  /** No other mutant has it. */
  readonly name: string
  readonly file: string
  /** The file's text with the mistake in it. Throws when there is no place for it any more. */
  change(text: string): string
  /** Test files that may notice, the quick ones first; the mutant is noticed when one fails. */
  readonly tests: readonly string[]
}

/** How the run of a mutant ended. */
export type Outcome =
  | { readonly kind: 'killed'; readonly by: string }
  | { readonly kind: 'survived' }
  /** Nobody could commit it, so that it does not count. */
  | { readonly kind: 'does not compile' }

/** A change of one place, given by a text that is in the file exactly once. */
export function replacing(name: string, file: string, from: string, to: string) {
  return (text: string): string => {
    if (text.split(from).length !== 2) {
      throw new Error(`The mutant "${name}" has no single place in ${file} any more.`)
    }
    return text.replace(from, () => to)
  }
}

/** Mistakes in one file: of each its name, a text that is in the file once, and what stands there instead. */
export function mistakesIn(
  file: string,
  rows: readonly (readonly [name: string, from: string, to: string])[],
): Mutant[] {
  const tests = testsOf(file)
  return rows.map(([name, from, to]) => ({
    name,
    file,
    change: replacing(name, file, from, to),
    tests,
  }))
}
