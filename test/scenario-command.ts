/** The command line of lanes that are lists of scenarios, and the figures that their long runs keep. */
import { readFileSync, writeFileSync } from 'node:fs'

/**
 * The scenarios that the arguments name, all without a name, and whether `--long` is among the
 * arguments. Exits with 2 for an unknown name.
 */
export function chosenScenarios<T extends { readonly name: string }>(
  scenarios: readonly T[],
): { chosen: readonly T[]; isLong: boolean } {
  const words = process.argv.slice(2)
  const names = words.filter((word) => !word.startsWith('--'))
  const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name === name))
  if (unknown.length > 0) {
    const known = scenarios.map(({ name }) => name).join(', ')
    console.error(`There is no scenario ${unknown.join(', ')}. There are ${known}.`)
    process.exit(2)
  }
  const chosen = scenarios.filter(({ name }) => names.length === 0 || names.includes(name))
  return { chosen, isLong: words.includes('--long') }
}

/** Replaces the findings of these scenarios in a file of results, in the order of all scenarios. */
export function keepFindings<T extends { readonly scenario: string }>(
  file: string,
  scenarios: readonly { readonly name: string }[],
  news: readonly T[],
): void {
  const kept = (JSON.parse(readFileSync(file, 'utf8')) as T[]).filter(
    (old) => !news.some(({ scenario }) => scenario === old.scenario),
  )
  const position = ({ scenario }: T) => scenarios.findIndex(({ name }) => name === scenario)
  const all = [...kept, ...news].sort((a, b) => position(a) - position(b))
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`)
}
