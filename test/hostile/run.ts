/**
 * The hostile lane: `npm run hostile` runs all scenarios in their short form, `npm run hostile --
 * brackets --long` one of them in its long form. Exits with 1 when a promise was broken. A long run
 * writes its figures to results.json, from which `npm run docs` makes a part of docs/reliability.md.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sharedKafka } from '../cluster/shared-kafka.ts'
import { breachesOf, type Finding } from './finding.ts'
import { LONG, run, SHORT } from './scenario.ts'
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

const kafka = await sharedKafka()
for (const scenario of SCENARIOS) {
  if (names.length > 0 && !names.includes(scenario.name)) continue
  console.log(`\n${scenario.name}: ${scenario.what}`)
  const finding = await run(scenario, isLong ? LONG : SHORT, kafka)
  console.log({ ...finding, problems: finding.problems.length })
  if (isLong) keep(finding)
  const breaches = breachesOf(finding)
  if (breaches.length > 0) {
    console.error(`Broken:\n  ${breaches.slice(0, 20).join('\n  ')}`)
    process.exitCode = 1
  }
}
await kafka.stop()
process.exit()

/** Replaces the result of this scenario. */
function keep(finding: Finding): void {
  const old = JSON.parse(readFileSync(RESULTS, 'utf8')) as Finding[]
  const kept = old.filter(({ scenario }) => scenario !== finding.scenario)
  const position = ({ scenario }: Finding) => SCENARIOS.findIndex(({ name }) => name === scenario)
  const all = [...kept, finding].sort((a, b) => position(a) - position(b))
  writeFileSync(RESULTS, `${JSON.stringify(all, null, 2)}\n`)
}
