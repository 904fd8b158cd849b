/** The committed results: what became of each mutant when it was last run. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FILE = join(import.meta.dirname, 'results.json')

/** The lists of mutants. */
export type Group = 'mistakes' | 'keys' | 'sample'

/** Of a mutant: the test that noticed it; or that it survived, and why. */
export type Result = { readonly by: string } | { readonly survived: string }

/** Results by the names of the mutants. */
export type Results = Readonly<Record<Group, Readonly<Record<string, Result>>>>

/** As they were recorded last. */
export function readResults(): Results {
  const none = { mistakes: {}, keys: {}, sample: {} }
  return existsSync(FILE) ? { ...none, ...JSON.parse(readFileSync(FILE, 'utf8')) } : none
}

/**
 * Records the results of mutants that were run. Those of the group that are in `names` and were not
 * run keep what they have; others are forgotten. Why a mutant survived is written by hand, and kept.
 */
export function recordResults(
  group: Group,
  names: readonly string[],
  fresh: ReadonlyMap<string, Result>,
): void {
  const all = readResults()
  const old = all[group]
  const rows = names.flatMap((name): [string, Result][] => {
    const [before, now] = [old[name], fresh.get(name)]
    if (now === undefined) return before ? [[name, before]] : []
    return [[name, before && 'survived' in before && 'survived' in now ? before : now]]
  })
  writeFileSync(FILE, `${JSON.stringify({ ...all, [group]: Object.fromEntries(rows) }, null, 2)}\n`)
}
