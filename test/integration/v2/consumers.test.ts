/** Consumer instances: making and ending them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gaugeOf } from '../metrics-text.ts'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const { url, rest, witness, newTopic, newConsumer } = await setTheStage({ id: 'proxy-7' })

const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

describe('a new instance', () => {
  for (const body of [undefined, '', 'null', '{}', { name: null, format: null }]) {
    test(`from ${JSON.stringify(body) ?? 'no body'} has a name of its own`, async () => {
      const { status, body: answer } = await rest.post('/consumers/g', body)
      assert.equal(status, 200)
      assert.deepEqual(Object.keys(answer), ['instance_id', 'base_uri'])
      assert.match(answer.instance_id, new RegExp(`^rest-consumer-proxy-7-${UUID}$`))
      assert.equal(answer.base_uri, `${url}/consumers/g/instances/${answer.instance_id}`)
    })
  }

  test('has the name that it was given; id wins over name', async () => {
    const [name, id] = [uniqueName('name'), uniqueName('id')]
    const named = await rest.post('/consumers/g', { name })
    assert.equal(named.body.instance_id, name)
    const both = await rest.post('/consumers/g', { name: uniqueName('other'), id })
    assert.equal(both.body.instance_id, id)
    const number = await rest.post(`/consumers/${uniqueName('g')}`, { name: 7 })
    assert.equal(number.body.instance_id, '7')
  })

  test('is reachable by its base_uri, whatever its name', async () => {
    for (const name of ['a/b', 'a b', 'ü', '100%', '?#&']) {
      const group = `${uniqueName('group')}/${name}`
      const made = await rest.post(`/consumers/${encodeURIComponent(group)}`, { name })
      assert.deepEqual([made.status, made.body.instance_id], [200, name])
      const { pathname } = new URL(made.body.base_uri)
      assert.equal((await rest.get(`${pathname}/assignments`)).status, 200, name)
      assert.equal((await rest.delete(pathname)).status, 204, name)
    }
  })

  test('has a base_uri at the host that the client has asked', async () => {
    const headers = { host: 'proxy.example:8082', 'x-forwarded-host': 'elsewhere' }
    const { body } = await rest.post('/consumers/g', '{}', headers)
    assert.match(body.base_uri, /^http:\/\/proxy\.example:8082\/consumers\/g\/instances\//)
  })

  test('reads in the format that it was given, in any case', async () => {
    const topic = await newTopic()
    await witness.produce(topic, [{ value: Buffer.from('1') }])
    for (const [format, value] of [
      ['binary', 'MQ=='],
      ['Json', 1],
      ['STRING', '1'],
    ] as const) {
      const made = await rest.post('/consumers/g', {
        format,
        'auto.offset.reset': 'earliest',
        responseMinBytes: 0,
        requestWaitMs: '10000',
      })
      const path = `/consumers/g/instances/${made.body.instance_id}`
      await rest.post(`${path}/assignments`, { partitions: [{ topic, partition: 0 }] })
      const accept = `application/vnd.kafka.${format.toLowerCase()}.v2+json`
      const { body } = await rest.get(`${path}/records`, { accept })
      assert.deepEqual(body, [{ topic, key: null, value, partition: 0, offset: 0 }])
    }
  })

  test('starts at the latest records, unless told otherwise', async () => {
    const topic = await newTopic()
    await witness.produce(topic, [{ value: Buffer.from('before') }])
    const [earliest, latest] = await Promise.all([
      newConsumer(),
      newConsumer({ 'auto.offset.reset': undefined, 'consumer.request.timeout.ms': 1500 }),
    ])
    await earliest.assign(topic, 0)
    await latest.assign(topic, 0)
    assert.equal((await earliest.records()).length, 1)
    assert.deepEqual(await latest.records(), [])
    await witness.produce(topic, [{ value: Buffer.from('after') }])
    assert.deepEqual(
      (await latest.records()).map(({ offset }) => offset),
      [1],
    )
  })

  test('with auto.offset.reset=none tells that there is no position', async () => {
    const topic = await newTopic()
    const consumer = await newConsumer({ 'auto.offset.reset': 'none' })
    await consumer.assign(topic, 0)
    const { status, body } = await consumer.read('timeout=2000')
    assert.deepEqual([status, body.error_code], [500, 50002])
  })
})

describe('a name that is taken', () => {
  test('is 40902 in the same group only', async () => {
    const [group, name] = [uniqueName('group'), uniqueName('name')]
    const statuses = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const { status, body } = await rest.post(`/consumers/${group}`, { name })
        if (status === 200) return status
        assert.equal(status, 409)
        assert.deepEqual(body, {
          error_code: 40902,
          message:
            'Consumer with specified consumer ID already exists in the specified consumer group.',
        })
        return status
      }),
    )
    assert.deepEqual(statuses.sort(), [200, 409, 409, 409, 409])
    assert.equal((await rest.post(`/consumers/${uniqueName('group')}`, { name })).status, 200)
  })

  test('is free once a configuration was refused, or the instance was deleted', async () => {
    const [group, name] = [uniqueName('group'), uniqueName('name')]
    const refused = await rest.post(`/consumers/${group}`, { name, 'auto.offset.reset': 'never' })
    assert.equal(refused.status, 422)
    for (let i = 0; i < 3; i++) {
      assert.equal((await rest.post(`/consumers/${group}`, { name })).status, 200)
      assert.equal((await rest.delete(`/consumers/${group}/instances/${name}`)).status, 204)
    }
  })
})

describe('an instance that is not there', () => {
  const gone = { error_code: 40403, message: 'Consumer instance not found.' }
  const at = { topic: 't', partition: 0 }
  const requests: [method: string, what: string, body?: object][] = [
    ['DELETE', ''],
    ['POST', '/subscription', { topics: ['t'] }],
    ['GET', '/subscription'],
    ['DELETE', '/subscription'],
    ['POST', '/assignments', { partitions: [at] }],
    ['GET', '/assignments'],
    ['POST', '/positions', { offsets: [{ ...at, offset: 0 }] }],
    ['POST', '/positions/beginning', { partitions: [at] }],
    ['POST', '/positions/end', { partitions: [at] }],
    ['POST', '/offsets'],
    ['POST', '/offsets', { offsets: [{ ...at, offset: 0 }] }],
    ['GET', '/offsets', { partitions: [at] }],
    ['GET', '/records'],
  ]

  for (const [method, what, body] of requests) {
    test(`answers ${method} ${what || 'of itself'} with 40403`, async () => {
      const { status, body: answer } = await rest.send(
        method,
        `/consumers/nobody/instances/nothing${what}`,
        body,
      )
      assert.equal(status, 404)
      assert.deepEqual(answer, gone)
    })
  }

  test('is 40403 for everything once it was deleted', async () => {
    const consumer = await newConsumer()
    assert.equal((await consumer.delete()).status, 204)
    for (const [method, what, body] of requests) {
      const { body: answer } = await rest.send(method, consumer.path + what, body)
      assert.deepEqual(answer, gone)
    }
  })
})

describe('the end of an instance', () => {
  test('gives its partitions to the rest of the group', async () => {
    const topic = await newTopic({ partitions: 2 })
    const first = await newConsumer()
    const second = await newConsumer({}, first.group)
    for (const consumer of [first, second]) await consumer.subscribe(topic)
    await first.records('timeout=1')
    assert.equal((await second.delete()).status, 204)
    const record = { value: Buffer.from('v') }
    await witness.produce(topic, [
      { ...record, partition: 0 },
      { ...record, partition: 1 },
    ])
    // Records that it had before the group gave it the other partition may come again.
    const read = new Set<number>()
    await until('both are read', async () => {
      for (const { partition } of await first.records('timeout=500')) read.add(partition)
      return read.size === 2
    })
  })

  for (const settings of [
    { 'auto.commit.enable': true },
    { 'auto.commit.enable': null, 'enable.auto.commit': 'true' },
    { 'auto.commit.enable': true, 'enable.auto.commit': true },
  ]) {
    test(`commits what was delivered, by ${JSON.stringify(settings)}`, async () => {
      const topic = await newTopic()
      await witness.produce(topic, [{ value: Buffer.from('v') }, { value: Buffer.from('w') }])
      const consumer = await newConsumer({ ...settings, 'isolation.level': 'read_committed' })
      await consumer.subscribe(topic)
      await consumer.recordsUntil(2)
      await consumer.delete()
      const committed = await witness.committed(consumer.group, topic)
      assert.deepEqual(committed, [{ partition: 0, offset: 2 }])
    })
  }

  test('ends the read that is running, soon', async () => {
    const topic = await newTopic()
    const consumer = await newConsumer({ 'consumer.request.timeout.ms': 60_000 })
    await consumer.assign(topic, 0)
    const reading = consumer.read()
    await until('it runs', async () => (await gaugeOf(rest, 'sluice_consume_reads')) > 0)
    assert.equal((await consumer.delete()).status, 204)
    const { status, body } = await reading
    assert.deepEqual([status, body.error_code], [404, 40403])
  })
})
