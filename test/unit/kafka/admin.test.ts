/** What is known without asking the cluster. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import { Admin } from '../../../src/kafka/admin.ts'

test('a name that is too long for a topic is invalid, and no broker is asked', async () => {
  // There is none: a question would fail for that.
  const admin = new Admin({
    properties: [['bootstrap.servers', '127.0.0.1:1']],
    warnings: [],
    faults: [],
  })
  // In a request to Kafka, two bytes say how long a name is.
  for (const name of ['x'.repeat(250), 'é'.repeat(125), 'x'.repeat(32_768)]) {
    const isInvalid = (error: unknown) => error instanceof RestError && error.code === 40002
    await assert.rejects(admin.describeTopic(name), isInvalid)
    await assert.rejects(admin.describeTopicConfigs(name), isInvalid)
  }
})
