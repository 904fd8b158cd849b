/** Node's own server reads the cases as they say; where it does not, the case says why. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { CASE_GROUPS } from './case.ts'
import { differenceOf } from './differences.ts'
import { startNodeRecorder } from './node-recorder.ts'
import { expectedOf, send } from './outcome.ts'
import { bytesOf } from './ways.ts'

const recorder = await startNodeRecorder()
after(() => recorder.stop())

for (const { title, cases } of CASE_GROUPS) {
  describe(`Node.js: ${title}`, () => {
    for (const each of cases) {
      const why = differenceOf('node', each.name)
      it(why === undefined ? each.name : `${each.name} (differs: ${why})`, async () => {
        const outcome = await send(recorder, each, [bytesOf(each)])
        if (why === undefined) assert.deepEqual(outcome, expectedOf(each))
        else
          assert.notDeepEqual(
            outcome,
            expectedOf(each),
            'The difference is gone: drop its sentence.',
          )
      })
    }
  })
}
