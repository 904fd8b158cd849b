/**
 * The hostile lane: `npm run hostile` runs all scenarios in their short form, `npm run hostile --
 * brackets --long` one of them in its long form. Exits with 1 when a promise was broken. A long run
 * writes its figures to results.json, from which `npm run docs` makes a part of docs/reliability.md.
 */
import { join } from 'node:path'
import { sharedKafka } from '../cluster/shared-kafka.ts'
import { chosenScenarios, keepFindings } from '../scenario-command.ts'
import { breachesOf } from './finding.ts'
import { LONG, run, SHORT } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'

const RESULTS = join(import.meta.dirname, 'results.json')

const { chosen, isLong } = chosenScenarios(SCENARIOS)

const kafka = await sharedKafka()
for (const scenario of chosen) {
  console.log(`\n${scenario.name}: ${scenario.what}`)
  const finding = await run(scenario, isLong ? LONG : SHORT, kafka)
  console.log({ ...finding, problems: finding.problems.length })
  if (isLong) keepFindings(RESULTS, SCENARIOS, [finding])
  const breaches = breachesOf(finding)
  if (breaches.length > 0) {
    console.error(`Broken:\n  ${breaches.slice(0, 20).join('\n  ')}`)
    process.exitCode = 1
  }
}
await kafka.stop()
process.exit()
