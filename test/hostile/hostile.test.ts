/** Every kind of hostile input in its short form. `npm run hostile -- --long` is the long form. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type SharedKafka, sharedKafka } from '../cluster/shared-kafka.ts'
import { breachesOf } from './finding.ts'
import { run, SHORT } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'

suite('nothing that is sent stops the loop, stays in memory or harms others', () => {
  let kafka: SharedKafka
  before(async () => {
    kafka = await sharedKafka()
  })
  after(() => kafka.stop())

  for (const scenario of SCENARIOS) {
    test(`${scenario.name}: ${scenario.what}`, async () => {
      const finding = await run(scenario, SHORT, kafka)
      assert.deepEqual(breachesOf(finding), [], JSON.stringify(finding, null, 2))
      assert.ok(finding.questions > 0)
    })
  }
})
