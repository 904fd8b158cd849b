/** Keys that limit the rates of records. The engine has one set of limits in a process: each test has its own. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startSluice } from '../../cluster/sluice.ts'
import { setTheStage } from '../stage.ts'
import { StreamClient } from './stream-client.ts'

const { newTopic, kafka } = await setTheStage()

const RATE_LIMITED = {
  error_code: 429,
  message: 'Request rate limit exceeded: The rate limit of requests per second has been exceeded.',
}

/** The codes of the answers to records that are sent at once, to clusters by name. */
async function codesWith(
  settings: Record<string, string>,
  ...requests: readonly [cluster: string, records: string][]
): Promise<number[][]> {
  const topic = await newTopic({ partitions: 1 })
  const proxy = await startSluice(kafka.bootstrapServers, {
    'rate.limit.enable': 'true',
    // A window of a second may begin anew during the test, but bytes of a window never suffice.
    'rate.limit.backend': 'resilience4j',
    ...settings,
  })
  try {
    const codes: number[][] = []
    for (const [cluster, body] of requests) {
      const response = await fetch(`${proxy.url}/v3/clusters/${cluster}/topics/${topic}/records`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
      })
      assert.equal(response.status, 200)
      const lines = (await response.text()).split('\r\n').slice(0, -1)
      const answers = lines.map((line) => JSON.parse(line))
      for (const answer of answers) {
        if (answer.error_code === 429) assert.deepEqual(answer, RATE_LIMITED)
      }
      codes.push(answers.map(({ error_code }) => error_code))
    }
    return codes
  } finally {
    await proxy.stop()
  }
}

const ENABLED = { 'api.v3.produce.rate.limit.enabled': 'true' }

test('without the key that enables them there are no limits', async () => {
  const codes = await codesWith({ 'api.v3.produce.rate.limit.max.bytes.per.sec': '1' }, ['a', '{}'])
  assert.deepEqual(codes, [[200]])
})

test('a record above the bytes of all is refused, and the next one is looked at', async () => {
  const settings = { ...ENABLED, 'api.v3.produce.rate.limit.max.bytes.global.per.sec': '5' }
  const codes = await codesWith(settings, ['a', '{        }{}'])
  assert.deepEqual(codes, [[429, 200]])
})

test('a record above the bytes of its cluster id is refused', async () => {
  const settings = { ...ENABLED, 'api.v3.produce.rate.limit.max.bytes.per.sec': '5' }
  const codes = await codesWith(settings, ['a', '{        }'], ['b', '{}'])
  assert.deepEqual(codes, [[429], [200]])
})

test('records beyond the number of a cluster id are refused', async () => {
  const settings = { ...ENABLED, 'api.v3.produce.rate.limit.max.requests.per.sec': '2' }
  const [codes] = await codesWith(settings, ['a', '{}{}{}{}{}{}'])
  assert.deepEqual(codes?.slice(0, 2), [200, 200])
  assert.ok(codes?.includes(429))
})

test('records beyond the number of all are refused', async () => {
  const settings = { ...ENABLED, 'api.v3.produce.rate.limit.max.requests.global.per.sec': '1' }
  const [codes] = await codesWith(settings, ['a', '{}{}{}{}{}{}'])
  assert.ok(codes?.includes(200))
  assert.ok(codes?.includes(429))
})

test('a stream above the bytes of sluice.limits is not read from until they are paid for', async () => {
  const proxy = await startSluice(kafka.bootstrapServers, {
    'sluice.limits': 'topic 1 bytes/s burst 200',
  })
  after(() => proxy.stop())
  const topic = await newTopic({ partitions: 1 })
  const client = await StreamClient.open(proxy.url, `/v3/clusters/a/topics/${topic}/records`)
  client.send(`{"value":{"type":"STRING","data":"${'x'.repeat(5000)}"}}`)
  assert.equal((await client.answer()).error_code, 200)
  client.send('{}')
  const answer = client.answer()
  const first = await Promise.race([answer, sleep(1000, 'nothing')])
  assert.equal(first, 'nothing')
  client.close()
  await assert.rejects(answer)
})
