/** Threads for schemas that end under load. The hostile lane has the long form. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type SharedKafka, sharedKafka } from '../../cluster/shared-kafka.ts'
import { run, SHORT } from '../../hostile/scenario.ts'
import { endingWorkers } from '../../hostile/scenarios/ending-workers.ts'

/** Some threads in each of two rounds. */
const FORM = { ...SHORT, attempts: 1, share: 0.04 }

let kafka: SharedKafka
before(async () => {
  kafka = await sharedKafka()
})
after(() => kafka.stop())

test('what is written and read beside them is neither lost, doubled nor half, and nothing stays behind', async () => {
  const { problems, unanswered, answers } = await run(endingWorkers, FORM, kafka)
  assert.deepEqual(problems, [])
  assert.equal(unanswered, 0)
  assert.equal(answers['none'], undefined)
})
