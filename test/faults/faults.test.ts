/** Every fault in its short form: no promise is broken. `npm run faults -- --long` is the long form. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { breachesOf } from './finding.ts'
import { SCENARIOS } from './scenarios.ts'

suite('nothing acknowledged is lost, nothing committed comes again', { concurrency: false }, () => {
  for (const { name, what, short, run } of SCENARIOS) {
    test(`${name}: ${what}`, async () => {
      const finding = await run(short)
      assert.deepEqual(breachesOf(finding), [], JSON.stringify(finding, null, 2))
      assert.ok(finding.acknowledged > 0 && finding.deliveries > 0 && finding.commits > 0)
    })
  }
})
