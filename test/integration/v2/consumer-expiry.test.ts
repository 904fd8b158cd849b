/** Consumer instances that nobody uses, and how many there may be. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gaugeOf } from '../metrics-text.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const TIMEOUT_MS = 5000
/** A use this often keeps an instance, with four seconds to spare for a busy machine. */
const USE_MS = 1000
const GONE_DEADLINE_MS = 60_000
const EXPIRED = 'sluice_consumer_instances_expired_total'

const { rest, witness, newTopic, newConsumer } = await setTheStage({
  'consumer.instance.timeout.ms': TIMEOUT_MS,
  'sluice.consumer.instances.max': 12,
  'advertised.listeners': 'https://other.example:443,http://proxy.example:80',
})

test('base_uri is the first advertised listener of the scheme', async () => {
  const { body } = await rest.post('/consumers/g', '{"name":"n"}')
  assert.equal(body.base_uri, 'http://proxy.example:80/consumers/g/instances/n')
  await rest.delete('/consumers/g/instances/n')
})

describe('an instance', () => {
  test('that nobody uses is closed, commits what was delivered, and leaves its group', async () => {
    const topic = await newTopic()
    await witness.produce(topic, [{ value: Buffer.from('v') }])
    const consumer = await newConsumer({ 'auto.commit.enable': true, name: 'again' })
    await consumer.subscribe(topic)
    await consumer.recordsUntil(1)
    const before = await gaugeOf(rest, EXPIRED)
    // Any request to the instance would be a use.
    const isExpired = async () => (await gaugeOf(rest, EXPIRED)) === before + 1
    await until('the instance is closed', isExpired, GONE_DEADLINE_MS)
    const { status, body } = await consumer.read()
    assert.equal(status, 404)
    assert.deepEqual(body, { error_code: 40403, message: 'Consumer instance not found.' })
    assert.deepEqual(await witness.committed(consumer.group, topic), [{ partition: 0, offset: 1 }])
    // Its name is free, and its partition too.
    await witness.produce(topic, [{ value: Buffer.from('w') }])
    const heir = await newConsumer({ name: 'again' }, consumer.group)
    await heir.subscribe(topic)
    assert.deepEqual(
      (await heir.recordsUntil(1)).map(({ offset }) => offset),
      [1],
    )
  })

  test('that is used lives on, whatever the use', async () => {
    const consumer = await newConsumer()
    for (let i = 0; i < TIMEOUT_MS / USE_MS + 3; i++) {
      await sleep(USE_MS)
      assert.equal((await consumer.get(i % 2 ? 'assignments' : 'subscription')).status, 200)
    }
  })

  test('lives on while a read waits, and some time after it', async () => {
    const topic = await newTopic()
    const consumer = await newConsumer({ 'consumer.request.timeout.ms': 2 * TIMEOUT_MS })
    await consumer.assign(topic, 0)
    assert.deepEqual(await consumer.records(), [])
    await sleep(USE_MS)
    assert.equal((await consumer.get('assignments')).status, 200)
  })
})

test('more instances than sluice.consumer.instances.max are 429, until some are gone', async () => {
  const made = []
  for (;;) {
    const { status, headers, body } = await rest.post('/consumers/many', '{}')
    if (status === 200) {
      made.push(body.instance_id)
      assert.ok(made.length <= 12)
      continue
    }
    assert.deepEqual([status, body.error_code], [429, 429])
    assert.match(body.message, /sluice\.consumer\.instances\.max=12/)
    assert.equal(headers['retry-after'], '1')
    break
  }
  assert.equal((await rest.delete(`/consumers/many/instances/${made[0]}`)).status, 204)
  // It counts until its memory is free.
  await until(
    'there is room',
    async () => (await rest.post('/consumers/many', '{}')).status === 200,
  )
})
