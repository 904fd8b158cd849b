/**
 * The fault lanes: `npm run faults` runs all scenarios in their short form, `npm run faults -- kills
 * --long` one of them in its long form. Exits with 1 when a promise was broken. A long run writes
 * its figures to results.json, from which `npm run docs` makes docs/reliability.md.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { breachesOf, type Finding } from './finding.ts'
import { SCENARIOS } from './scenarios.ts'

const RESULTS = join(import.meta.dirname, 'results.json')

const words = process.argv.slice(2)
const isLong = words.includes('--long')
const names = words.filter((word) => !word.startsWith('--'))
const unknown = names.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name))
if (unknown.length > 0) {
  const known = SCENARIOS.map(({ name }) => name).join(', ')
  console.error(`There is no scenario ${unknown.join(', ')}. There are ${known}.`)
  process.exit(2)
}

const findings: Finding[] = []
for (const scenario of SCENARIOS) {
  if (names.length > 0 && !names.includes(scenario.name)) continue
  const faults = isLong ? scenario.long : scenario.short
  console.log(`\n${scenario.name}: ${scenario.what} (${faults})`)
  const finding = await scenario.run(faults)
  console.log(finding)
  findings.push(finding)
  const breaches = breachesOf(finding)
  if (breaches.length > 0) {
    console.error(`Broken: ${breaches.join(', ')}`)
    process.exitCode = 1
  }
}
if (isLong) keep(findings)
process.exit()

/** Replaces the results of the scenarios that ran. */
function keep(news: readonly Finding[]): void {
  const kept = (JSON.parse(readFileSync(RESULTS, 'utf8')) as Finding[]).filter(
    (old) => !news.some(({ scenario }) => scenario === old.scenario),
  )
  const position = ({ scenario }: Finding) => SCENARIOS.findIndex(({ name }) => name === scenario)
  const all = [...kept, ...news].sort((a, b) => position(a) - position(b))
  writeFileSync(RESULTS, `${JSON.stringify(all, null, 2)}\n`)
}
