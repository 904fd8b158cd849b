/**
 * The fault lanes: `npm run faults` runs all scenarios in their short form, `npm run faults -- kills
 * --long` one of them in its long form. Exits with 1 when a promise was broken. A long run writes
 * its figures to results.json, from which `npm run docs` makes docs/reliability.md.
 */
import { join } from 'node:path'
import { chosenScenarios, keepFindings } from '../scenario-command.ts'
import { breachesOf, type Finding } from './finding.ts'
import { SCENARIOS } from './scenarios.ts'

const RESULTS = join(import.meta.dirname, 'results.json')

const { chosen, isLong } = chosenScenarios(SCENARIOS)

const findings: Finding[] = []
for (const scenario of chosen) {
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
if (isLong) keepFindings(RESULTS, SCENARIOS, findings)
process.exit()
