/** The log: lines of JSON that tell what happened, and nothing of what was in it. */
import assert from 'node:assert/strict'
import { after, describe, type TestContext, test } from 'node:test'
import { freePorts } from '../../cluster/free-ports.ts'
import { sharedKafka } from '../../cluster/shared-kafka.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { ConsumerClient } from '../consumer-client.ts'
import { RestClient } from '../rest-client.ts'
import { uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const kafka = await sharedKafka()
after(() => kafka.stop())

interface Line {
  readonly level: string
  readonly time: string
  readonly pid: number
  readonly msg: string
  readonly [key: string]: unknown
}

/** A Sluice that ends with its test at the latest, and a client of it. */
async function start(
  t: TestContext,
  bootstrapServers: string,
  config?: Record<string, string>,
): Promise<[Sluice, RestClient]> {
  const sluice = await startSluice(bootstrapServers, config)
  const rest = new RestClient(sluice.url)
  t.after(async () => {
    rest.close()
    await sluice.stop('SIGKILL')
  })
  return [sluice, rest]
}

const linesOf = (log: string): Line[] =>
  log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('the log', { concurrency: true }, () => {
  test('is of JSON lines, tells each request, and holds no payloads and no credentials', async (t) => {
    const [sluice, rest] = await start(t, kafka.bootstrapServers, {
      'sluice.log.requests': 'true',
      'sluice.log.level': 'trace',
      'client.sasl.password': 'PASSWORD-IN-CONFIG',
    })
    const topic = uniqueName('topic')
    await kafka.createTopic(topic)
    const value = Buffer.from('SECRET-VALUE').toString('base64')
    const authorization = { authorization: 'Basic SECRET-HEADER', 'x-request-id': 'my-id' }
    await rest.post(`/topics/${topic}?token=SECRET-QUERY`, { records: [{ value }] }, authorization)
    await rest.post(`/topics/${topic}`, `{"records":[{"value":"SECRET-VALUE!"}]}`)
    await rest.post(`/topics/${topic}`, { records: [{ value }, { value, partition: 7 }] })
    await rest.get('/no/such/path', { 'x-request-id': 'lost-id' })
    const consumer = await ConsumerClient.create(rest)
    await consumer.assign(topic, 0)
    assert.equal((await consumer.recordsUntil(1))[0]?.value, value)
    const { pid } = sluice
    await sluice.stop()

    const log = sluice.log()
    const lines = linesOf(log)
    for (const line of lines) {
      assert.match(line.level, /^(?:trace|debug|info|warn|error|fatal)$/)
      assert.equal(new Date(line.time).toISOString(), line.time)
      assert.equal(line.pid, pid)
    }
    const starting = lines.find(({ msg }) => msg === 'starting')
    assert.match(String(starting?.['librdkafka']), /^2\.\d+\.\d+/)
    assert.match(String(starting?.['features']), /zstd/)
    const requests = lines.filter(({ msg }) => msg === 'request')
    const [produced, refused, failed] = requests.filter(({ path }) => path === `/topics/${topic}`)
    const { requestId, client, method, status, bytes, ms, level, errorCode } =
      produced ?? ({} as Line)
    assert.deepEqual(
      [requestId, client, method, status, level, errorCode],
      ['my-id', '127.0.0.1', 'POST', 200, 'info', undefined],
    )
    const heads = lines.filter(({ msg }) => msg === 'request begins')
    assert.equal(heads.length, requests.length)
    assert.equal(heads.find((line) => line['requestId'] === 'my-id')?.level, 'trace')
    assert.ok(Number(bytes) > 50 && Number(ms) > 0)
    assert.equal(produced?.['bytesIn'], JSON.stringify({ records: [{ value }] }).length)
    assert.ok(Number(produced?.['firstByteMs']) <= Number(ms))
    const read = requests.findLast((line) => String(line['path']).endsWith('/records'))
    assert.ok(Number(read?.['bytes']) > value.length && read?.['bytesIn'] === 0)
    assert.deepEqual([refused?.['status'], refused?.['errorCode']], [400, 400])
    assert.equal(produced?.['failedRecords'], undefined)
    assert.deepEqual([failed?.['status'], failed?.['failedRecords']], [200, 1])
    const lost = requests.find((line) => line['requestId'] === 'lost-id')
    assert.deepEqual([lost?.['status'], lost?.['path']], [404, '/no/such/path'])
    assert.equal(lines.at(-1)?.msg, 'stopped')
    for (const secret of ['SECRET', value, 'PASSWORD-IN-CONFIG'])
      assert.ok(!log.includes(secret), secret)
  })

  test('tells no errors of requests when it is not to', async (t) => {
    const [sluice, rest] = await start(t, kafka.bootstrapServers, {
      'sluice.log.requests': 'true',
      'use.custom.request.logging': 'false',
    })
    const topic = uniqueName('topic')
    await kafka.createTopic(topic)
    await rest.post(`/topics/${topic}`, { records: [{ partition: 7 }] })
    await rest.get('/no/such/path')
    await sluice.stop()
    const lines = linesOf(sluice.log()).filter(({ msg }) => msg === 'request')
    const [produced, lost] = lines.slice(-2)
    assert.deepEqual([produced?.['status'], lost?.['status']], [200, 404])
    assert.deepEqual([produced?.['failedRecords'], lost?.['errorCode']], [undefined, undefined])
  })

  test("has librdkafka's own lines, with their levels", async (t) => {
    const [port] = await freePorts(1)
    const [sluice, rest] = await start(t, `127.0.0.1:${port}`)
    await rest.get('/ready')
    const ownLines = () => linesOf(sluice.log()).filter(({ component }) => component === 'engine')
    await until('librdkafka complains', () => ownLines().some(({ level }) => level === 'error'))
    assert.match(
      ownLines()
        .map(({ msg }) => msg)
        .join('\n'),
      /Connection refused/,
    )
  })

  test('tells at the start that Kafka does not answer, with its address and the reason', async (t) => {
    const [port] = await freePorts(1)
    const [sluice, rest] = await start(t, `127.0.0.1:${port}`)
    const told = () => linesOf(sluice.log()).filter(({ msg }) => msg === 'Kafka does not answer')
    await until('it is told', () => told().length > 0)
    // Probes ask, too, and add nothing.
    for (let probe = 0; probe < 3; probe++) assert.equal((await rest.get('/ready')).status, 503)
    const [line, ...repeated] = told()
    assert.deepEqual(repeated, [])
    assert.deepEqual([line?.level, line?.['bootstrapServers']], ['error', [`127.0.0.1:${port}`]])
    assert.ok(String(line?.['reason']).length > 0)
  })

  test('is for people when sluice.log.format is pretty', async (t) => {
    const [sluice] = await start(t, kafka.bootstrapServers, { 'sluice.log.format': 'pretty' })
    await sluice.stop()
    assert.match(sluice.log(), /INFO.*listening/)
    assert.ok(!sluice.log().includes('{"level"'))
  })

  test('is silent about requests, unless asked to tell', async (t) => {
    const [sluice, rest] = await start(t, kafka.bootstrapServers)
    await rest.get('/brokers')
    const messages = () => linesOf(sluice.log()).map(({ msg }) => msg)
    await until('the connection is told', () => messages().includes('connected to Kafka'))
    await sluice.stop()
    assert.deepEqual(messages(), [
      ...['starting', 'listening', 'connected to Kafka'],
      ...['stopping: finishing the running requests', 'stopped'],
    ])
  })
})
