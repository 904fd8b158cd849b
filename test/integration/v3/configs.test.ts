/** Configs of topics and brokers in the v3 API. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const { rest, newTopic, url } = await setTheStage()

let id = ''
let cluster = ''
before(async () => {
  id = (await rest.get('/v3/clusters')).body.data[0].cluster_id
  cluster = `/v3/clusters/${id}`
})

/** That of the brokers of the tests. */
const DEFAULT_RETENTION = '-1'

/** Brokers learn of a change from the controller. */
async function untilValue(path: string, value: string): Promise<void> {
  await until(`${path}=${value}`, async () => (await rest.get(path)).body.value === value)
}

const put = (path: string, value: string | null) => rest.send('PUT', path, { value })

test('a config of a topic tells its source and its synonyms', async () => {
  const topic = await newTopic({ config: { 'retention.ms': '12345' } })
  const self = `${url}${cluster}/topics/${topic}/configs`
  const { body: list } = await rest.get(`${cluster}/topics/${topic}/configs`)
  assert.equal(list.kind, 'KafkaTopicConfigList')
  assert.deepEqual(list.metadata, { self, next: null })
  const names = list.data.map(({ name }: { name: string }) => name)
  assert.deepEqual(names, [...names].sort())
  const { body: policy } = await rest.get(`${cluster}/topics/${topic}/configs/cleanup.policy`)
  assert.deepEqual(policy, {
    kind: 'KafkaTopicConfig',
    metadata: {
      self: `${self}/cleanup.policy`,
      resource_name: `crn:///kafka=${id}/topic=${topic}/config=cleanup.policy`,
    },
    cluster_id: id,
    topic_name: topic,
    name: 'cleanup.policy',
    value: 'delete',
    is_default: true,
    is_read_only: false,
    is_sensitive: false,
    source: 'DEFAULT_CONFIG',
    synonyms: [{ name: 'log.cleanup.policy', value: 'delete', source: 'DEFAULT_CONFIG' }],
  })
  const { body: retention } = await rest.get(`${cluster}/topics/${topic}/configs/retention.ms`)
  assert.deepEqual(
    [retention.value, retention.source, retention.is_default],
    ['12345', 'DYNAMIC_TOPIC_CONFIG', false],
  )
})

test('a config of a topic is set and reset', async () => {
  const topic = await newTopic()
  const path = `${cluster}/topics/${topic}/configs/retention.ms`
  assert.equal((await put(path, '777')).status, 204)
  await untilValue(path, '777')
  assert.equal((await rest.delete(path)).status, 204)
  await untilValue(path, DEFAULT_RETENTION)
})

test('a config that there is not is 404, and a bad value is what Kafka says', async () => {
  const topic = await newTopic()
  const path = `${cluster}/topics/${topic}/configs`
  const message = `Config foo cannot be found for TOPIC ${topic} in cluster ${id}.`
  for (const answer of [await put(`${path}/foo`, '1'), await rest.delete(`${path}/foo`)]) {
    assert.deepEqual(answer.body, { error_code: 404, message })
  }
  assert.equal((await rest.get(`${path}/foo`)).body.message, 'HTTP 404 Not Found')
  const bad = await put(`${path}/retention.ms`, 'soon')
  assert.deepEqual([bad.status, bad.body.error_code], [400, 40002])
  assert.match(bad.body.message, /retention\.ms/)
  assert.deepEqual((await put(`${path}/retention.ms`, null)).body.error_code, 40002)
  const none = await rest.send('PUT', `${path}/retention.ms`, '', {
    'content-type': 'application/json',
  })
  assert.deepEqual([none.status, none.body.error_code], [422, 42206])
  const missing = await rest.get(`${cluster}/topics/${uniqueName('none')}/configs`)
  assert.equal(missing.body.error_code, 40403)
})

test('several configs of a topic change together or not at all', async () => {
  const topic = await newTopic({ config: { 'max.message.bytes': '5000' } })
  const path = `${cluster}/topics/${topic}/configs`
  const readValues = async () =>
    await Promise.all(
      ['retention.ms', 'max.message.bytes'].map(
        async (name) => (await rest.get(`${path}/${name}`)).body.value,
      ),
    )
  const data = [
    { name: 'retention.ms', value: '888' },
    { name: 'max.message.bytes', operation: 'DELETE' },
  ]
  const alter = (body: object) => rest.post(`${path}:alter`, body)

  assert.equal((await alter({ data, validate_only: true })).status, 204)
  assert.deepEqual(await readValues(), [DEFAULT_RETENTION, '5000'])
  const unknown = await alter({ data: [...data, { name: 'foo', value: '1' }] })
  assert.deepEqual(unknown.body, { error_code: 404, message: 'HTTP 404 Not Found' })
  const invalid = await alter({ data: [...data, { name: 'segment.ms', value: 'x' }] })
  assert.deepEqual([invalid.status, invalid.body.error_code], [400, 40002])
  assert.deepEqual(await readValues(), [DEFAULT_RETENTION, '5000'])
  assert.equal((await alter({ data })).status, 204)
  await untilValue(`${path}/retention.ms`, '888')
  await untilValue(`${path}/max.message.bytes`, '1048588')

  for (const [body, status, code] of [
    [{}, 400, 400],
    [{ data: [{ name: 'retention.ms', operation: 'set', value: '1' }] }, 400, 400],
    [{ data: [{ name: 'a' }] }, 400, 40002],
    [{ data: [data[0], data[0]] }, 400, 40002],
  ] as const) {
    const answer = await alter(body)
    assert.deepEqual([answer.status, answer.body.error_code], [status, code], answer.text)
  }
})

test('configs of several topics change, and the topics that failed are told', async () => {
  const [one, two] = [await newTopic(), await newTopic()]
  const alter = (data: object[], validate_only = false) =>
    rest.post(`${cluster}/topics/-/configs:alter`, { data, validate_only })
  const retention = (topic_name: string, value: string) => ({
    topic_name,
    configs: [{ name: 'retention.ms', value }],
  })
  const untilRetention = (topic: string, value: string) =>
    untilValue(`${cluster}/topics/${topic}/configs/retention.ms`, value)

  assert.equal((await alter([retention(one, '100'), retention(two, '200')])).status, 204)
  await untilRetention(one, '100')
  await untilRetention(two, '200')

  const partly = await alter([retention(one, '300'), retention(two, 'x')])
  assert.equal(partly.status, 207)
  assert.equal(partly.body.failures.length, 1)
  const [{ message, ...failure }] = partly.body.failures
  assert.deepEqual(failure, { topic_name: two, error_code: 40002 })
  assert.match(message, /retention\.ms/)
  await untilRetention(one, '300')
  await untilRetention(two, '200')

  const alone = await alter([retention(two, 'x')])
  assert.deepEqual([alone.status, alone.body.failures[0].topic_name], [207, two])

  const missing = await alter([retention(one, '400'), retention(uniqueName('none'), '1')])
  assert.deepEqual([missing.status, missing.body.error_code], [404, 40403])
  const unknown = await alter([{ topic_name: one, configs: [{ name: 'foo', value: '1' }] }])
  assert.deepEqual(unknown.body, { error_code: 404, message: 'HTTP 404 Not Found' })
  await untilRetention(one, '300')
  assert.equal((await alter([])).status, 204)
  assert.equal((await alter([retention(one, '1'), retention(one, '500')])).status, 204)
  await untilRetention(one, '500')
})

test('the configs of all topics are one list', async () => {
  const topic = await newTopic({ config: { 'retention.ms': '4242' } })
  const { body } = await rest.get(`${cluster}/topics/-/configs`)
  assert.equal(body.kind, 'KafkaTopicConfigList')
  const own = body.data.filter((each: { topic_name: string }) => each.topic_name === topic)
  assert.deepEqual(
    own,
    (await rest.get(`${cluster}/topics/${topic}/configs`)).body.data,
    'as the topic alone has them',
  )
})

test('a config of a broker is set and reset, and all brokers are one list', async () => {
  const path = `${cluster}/brokers/1/configs/log.cleaner.threads`
  const { body: before_ } = await rest.get(path)
  assert.equal(before_.kind, 'KafkaBrokerConfig')
  assert.deepEqual([before_.broker_id, before_.is_read_only], [1, false])
  assert.equal((await put(path, '2')).status, 204)
  await untilValue(path, '2')
  const { body: list } = await rest.get(`${cluster}/brokers/1/configs`)
  const { body: all } = await rest.get(`${cluster}/brokers/-/configs`)
  assert.deepEqual(all.data, list.data)
  assert.equal((await rest.delete(path)).status, 204)
  await untilValue(path, before_.value)

  const alter = (data: object[]) => rest.post(`${cluster}/brokers/1/configs:alter`, { data })
  assert.equal((await alter([{ name: 'log.cleaner.threads', value: '2' }])).status, 204)
  assert.equal((await alter([{ name: 'log.cleaner.threads', operation: 'DELETE' }])).status, 204)
  assert.equal((await alter([{ name: 'foo', value: '1' }])).status, 404)
  const fixed = await put(`${cluster}/brokers/1/configs/node.id`, '5')
  assert.deepEqual([fixed.status, fixed.body.error_code], [400, 40002])
})

test('a broker id that is no number wins over a body that is none', async () => {
  const answer = await rest.send('PUT', `${cluster}/brokers/foobar/configs/x`, '{', {
    'content-type': 'application/json',
  })
  assert.deepEqual(answer.body, { error_code: 404, message: 'HTTP 404 Not Found' })
})
