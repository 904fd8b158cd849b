/** Several event loops: they are one server with one state, and one that fails ends the process. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../../cluster/free-ports.ts'
import { sharedRegistry } from '../../cluster/registry.ts'
import { sharedKafka } from '../../cluster/shared-kafka.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { ConsumerClient } from '../consumer-client.ts'
import { readMetrics } from '../metrics-text.ts'
import { RawConnection } from '../raw-connection.ts'
import { RestClient } from '../rest-client.ts'
import { uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const LOOPS = 3
/** The probability that an event loop gets none of them is below one in a million. */
const CONNECTIONS = 40

const kafka = await sharedKafka()
after(() => kafka.stop())

async function start(
  config: Record<string, string> = {},
  nodeArguments: readonly string[] = [],
): Promise<Sluice> {
  const settings = { 'sluice.http.threads': String(LOOPS), ...config }
  const sluice = await startSluice(kafka.bootstrapServers, settings, nodeArguments)
  after(() => sluice.stop())
  await until('all event loops listen', async () => /"msg":"listening"/.test(sluice.log()))
  return sluice
}

/** Clients with a connection each. */
function clients({ url }: Sluice, count = CONNECTIONS): RestClient[] {
  const all = Array.from({ length: count }, () => new RestClient(url))
  after(() => {
    for (const rest of all) rest.close()
  })
  return all
}

describe('several event loops', { concurrency: true }, () => {
  test('serve any instance, and count as one process', async () => {
    const topic = uniqueName('loops')
    await kafka.createTopic(topic)
    const sluice = await start({ 'sluice.log.requests': 'true' })
    const all = clients(sluice)
    const answers = await Promise.all(
      all.map((rest) => rest.post(`/topics/${topic}`, { records: [{ value: 'QQ==' }] })),
    )
    assert.ok(answers.every(({ status }) => status === 200))
    const [first] = all as [RestClient]
    const metrics = await readMetrics(first)
    assert.equal(
      metrics.get('sluice_http_requests_total{operation="produceToTopic",status="200"}'),
      CONNECTIONS,
    )
    for (let loop = 0; loop < LOOPS; loop++) {
      assert.ok(metrics.has(`sluice_http_connections{loop="${loop}"}`), `loop ${loop}`)
    }

    const consumer = await ConsumerClient.create(first, { 'auto.offset.reset': 'earliest' })
    await consumer.assign(topic, 0)
    const { path } = consumer
    const offsets: number[] = []
    for (const rest of all) {
      // Two records of one byte are not below the limit.
      const { body } = await rest.get(`${path}/records?max_bytes=2`)
      offsets.push(...body.map(({ offset }: { offset: number }) => offset))
    }
    assert.deepEqual(offsets, [...all.keys()])
    assert.equal((await all[1]?.delete(path))?.status, 204)
    assert.equal((await all[2]?.get(`${path}/records`))?.status, 404)
    await sluice.stop()
    const lines = sluice
      .log()
      .split('\n')
      .filter((line) => line.includes('"msg":"request"'))
      .map((line) => JSON.parse(line))
    assert.deepEqual([...new Set(lines.map(({ loop }) => loop))].sort(), [0, 1, 2])
    assert.ok(lines.length > 2 * CONNECTIONS)
  })

  test('ask the schema registry once', async () => {
    const registry = await sharedRegistry()
    after(() => registry.stop())
    const topic = uniqueName('schemas')
    await kafka.createTopic(topic)
    const sluice = await start({ 'schema.registry.url': registry.url })
    const all = clients(sluice)
    const body = {
      value_schema: '{"type":"record","name":"A","fields":[{"name":"a","type":"int"}]}',
      records: [{ value: { a: 1 } }],
    }
    const type = { 'content-type': 'application/vnd.kafka.avro.v2+json' }
    const [first] = all as [RestClient]
    const { value_schema_id: id } = (await first.post(`/topics/${topic}`, body, type)).body as {
      value_schema_id: number
    }
    const asked = (await readMetrics(first)).get('sluice_schema_registry_requests_total')
    for (const rest of all) {
      const answer = await rest.post(`/topics/${topic}`, body, type)
      assert.equal((answer.body as { value_schema_id: number }).value_schema_id, id)
    }
    const again = (await readMetrics(first)).get('sluice_schema_registry_requests_total')
    assert.ok((again ?? 0) - (asked ?? 0) <= 1, `${asked} and then ${again}`)
    const refused = await all[1]?.post(
      `/topics/${topic}`,
      { value_schema_id: 2 ** 30, records: [{ value: { a: 1 } }] },
      type,
    )
    assert.equal(refused?.status, 422, JSON.stringify(refused?.body))
  })

  test('have one limit of connections', async () => {
    const limit = 10
    const sluice = await start({ 'server.connection.limit': String(limit) })
    const open = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => RawConnection.open(sluice.url)),
    )
    after(() => {
      for (const connection of open) connection.close()
    })
    let answered = 0
    for (const connection of open) {
      void connection.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n').then(() =>
        connection.response().then(
          () => answered++,
          () => {},
        ),
      )
    }
    await until('some are served', async () => answered >= limit - LOOPS)
    await sleep(500)
    // Each event loop may accept one connection before it sees those of the others.
    assert.ok(answered <= limit + LOOPS, `${answered} are served`)
    for (const connection of open) connection.close()
  })
})

test('connections of one address are limited over all event loops', async () => {
  const limit = 5
  const { url } = await start({ 'sluice.connections.per.address.max': String(limit) })
  const served = async () => {
    const open = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => RawConnection.open(url, '127.0.0.2')),
    )
    const answers = await Promise.all(
      open.map(async (connection) => {
        try {
          await connection.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
          return (await connection.response())?.status
        } catch {
          return undefined
        }
      }),
    )
    for (const connection of open) connection.close()
    return answers.filter((status) => status === 200).length
  }
  assert.equal(await served(), limit)
  // The server sees the ends of connections a moment later.
  await until('there is room again', async () => (await served()) === limit)
})

describe('a port that another process has', { concurrency: true }, () => {
  for (const [own, other] of [
    [2, 2],
    [2, 1],
    [1, 2],
  ]) {
    test(`is refused: ${own} event loops there, ${other} here`, async () => {
      const [port] = await freePorts(1)
      const listeners = `http://127.0.0.1:${port}`
      await start({ listeners, 'sluice.http.threads': String(own) })
      // The server that is there answers for the one that fails, until that has ended.
      const second = await startSluice(kafka.bootstrapServers, {
        listeners,
        'sluice.http.threads': String(other),
      }).catch((error: Error) => error)
      if (second instanceof Error) {
        assert.match(second.message, /Cannot listen on 127\.0\.0\.1/)
        return
      }
      await until('it has ended', async () => /Cannot listen on 127\.0\.0\.1/.test(second.log()))
      await second.stop()
    })
  }
})

/** Has a thread do something, such as throw where nothing catches, when the file `path` exists. `thread` is an expression. */
function defectIn(
  thread: string,
  path: string,
  defect = "throw new Error('a defect of the test')",
): string[] {
  const code = `
    import { existsSync } from 'node:fs'
    import { isMainThread, workerData } from 'node:worker_threads'
    const timer = ${thread} && setInterval(() => {
      if (!existsSync('${path}')) return
      clearInterval(timer)
      ${defect}
    }, 20)`
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`]
}

describe('an event loop that fails', { concurrency: true }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-defects-'))
  after(() => rmSync(folder, { recursive: true }))

  for (const [name, threads, thread] of [
    ['one of several', 3, '!isMainThread && workerData?.index === 1'],
    ['the coordinator of several', 3, 'isMainThread'],
    ['the only one', 1, 'isMainThread'],
  ] as const) {
    test(`ends the process with 1 after the requests of others: ${name}`, async () => {
      const topic = uniqueName('failing')
      await kafka.createTopic(topic)
      const file = join(folder, topic)
      const sluice = await start(
        // Longer than the reads: with less time they end with their instances.
        { 'sluice.http.threads': String(threads), 'shutdown.graceful.ms': '10000' },
        defectIn(thread, file),
      )
      const all = clients(sluice, 20)
      const consumers = await Promise.all(
        all.map((rest) => ConsumerClient.create(rest, { 'consumer.request.timeout.ms': 2000 })),
      )
      await Promise.all(consumers.map((consumer) => consumer.assign(topic, 0)))
      const reads = consumers.map((consumer) =>
        consumer.read().then(
          ({ status }) => status,
          (error: Error) => error.message,
        ),
      )
      await sleep(300)
      writeFileSync(file, '')
      const answers = await Promise.all(reads)
      await until('it has ended', async () => sluice.ending !== undefined)
      assert.deepEqual(sluice.ending, { code: 1, signal: null })
      assert.match(sluice.log(), /"level":"fatal".*a defect of the test/)
      assert.match(sluice.log(), /"msg":"stopped"/)
      const cutOff = answers.filter((status) => status !== 200).length
      if (thread === 'isMainThread') assert.equal(cutOff, 0)
      else assert.ok(cutOff < answers.length, `${answers}\n${sluice.log()}`)
    })
  }

  test('is not waited for when it hangs', async () => {
    const file = join(folder, 'hanging')
    const sluice = await start(
      { 'shutdown.graceful.ms': '500' },
      defectIn('!isMainThread && workerData?.index === 1', file, 'for (;;) {}'),
    )
    await until('it has started', async () => /"msg":"listening"/.test(sluice.log()))
    writeFileSync(file, '')
    await sleep(200)
    assert.deepEqual(await sluice.stop(), { code: 0, signal: null })
  })
})
