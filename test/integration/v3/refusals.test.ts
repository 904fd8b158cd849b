/** Requests of the v3 API that lack a body, or whose topic does not exist. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { setTheStage, uniqueName } from '../stage.ts'

const { rest, newTopic } = await setTheStage()

let cluster = ''
let topic = ''
before(async () => {
  cluster = (await rest.get('/v3/clusters')).body.data[0].cluster_id
  topic = await newTopic()
})

const JSON_TYPE = { 'content-type': 'application/json' }

describe('without a body', () => {
  for (const [method, path] of [
    ['POST', 'topics/{topic}/records:delete'],
    ['POST', 'topics/-/partitions:elect-leaders'],
    ['POST', 'topics/-/configs:alter'],
    ['POST', 'topics/{topic}/configs:alter'],
    ['PATCH', 'topics/{topic}'],
    ['PUT', 'brokers/1/configs/log.cleaner.threads'],
    ['POST', 'brokers/1/configs:alter'],
  ] as const) {
    test(`${method} ${path} is 42206`, async () => {
      const target = `/v3/clusters/${cluster}/${path.replace('{topic}', topic)}`
      const { status, body } = await rest.send(method, target, '', JSON_TYPE)
      assert.deepEqual([status, body.error_code], [422, 42206])
    })
  }
})

describe('for a topic that there is not', () => {
  const name = uniqueName('none')
  const change = { data: [{ name: 'retention.ms', value: '1' }] }
  for (const [method, path, body] of [
    ['GET', 'configs/retention.ms', undefined],
    ['PUT', 'configs/retention.ms', { value: '1' }],
    ['DELETE', 'configs/retention.ms', undefined],
    ['POST', 'configs:alter', change],
    ['GET', 'partitions/0/offset', undefined],
    ['GET', 'partitions/0/replicas', undefined],
    ['GET', 'partitions/0/replicas/1', undefined],
    ['PATCH', '', { partitions_count: 3 }],
  ] as const) {
    test(`${method} ${path} is 40403`, async () => {
      const target = `/v3/clusters/${cluster}/topics/${name}/${path}`
      const answer = await rest.send(method, target, body)
      assert.deepEqual([answer.status, answer.body.error_code], [404, 40403], answer.text)
    })
  }
})
