/** Confluent's two published Go SDKs of the v3 API: one is behind its CLI, the other behind its Terraform provider. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startKafka } from '../../cluster/kafka.ts'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

/** Go downloads and compiles the SDKs. */
const TIMEOUT_MS = 600_000

const kafka = await startKafka({
  config: {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'true',
  },
})
const { rest, url, newTopic, newConsumer } = await setTheStage({}, { kafka })

test('every call of both SDKs is answered as they expect, behind both beginnings of the paths', async () => {
  const topic = await newTopic()
  const group = uniqueName('group')
  const consumer = await newConsumer({}, group)
  await consumer.subscribe(topic)
  await consumer.read('timeout=10')
  const { body } = await rest.get('/v3/clusters')
  const cluster = body.data[0].cluster_id
  await until('the member', async () => {
    const answer = await rest.get(`/v3/clusters/${cluster}/consumer-groups/${group}`)
    return answer.body.state === 'STABLE'
  })
  const offsets = [{ topic, partition: 0, offset: 0 }]
  assert.equal((await consumer.post('offsets', { offsets })).status, 200)

  const { stdout } = await promisify(execFile)(
    'go',
    ['run', '.', url, cluster, group, topic, uniqueName('sdk')],
    { cwd: import.meta.dirname, timeout: TIMEOUT_MS, maxBuffer: 2 ** 24 },
  ).catch((error: { stdout: string; stderr: string }) => {
    assert.fail(`${error.stdout.match(/^WRONG.*$/gm)?.join('\n') ?? ''}\n${error.stderr}`)
  })
  assert.match(stdout, /ccloud-sdk-go-v2: \d+ calls, 0 wrong/)
})
