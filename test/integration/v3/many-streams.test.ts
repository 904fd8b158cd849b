/** Streams of records in a process of their own: many at once, on several event loops, of clients of many kinds. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, describe, test } from 'node:test'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { residentMb } from '../../hostile/memory.ts'
import { gaugeOf, readMetrics } from '../metrics-text.ts'
import { RestClient } from '../rest-client.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'
import { StreamClient } from './stream-client.ts'

const { newTopic, witness, kafka } = await setTheStage()

async function start(config: Record<string, string> = {}): Promise<Sluice> {
  const sluice = await startSluice(kafka.bootstrapServers, config)
  after(() => sluice.stop())
  return sluice
}

function restOf(sluice: Sluice): RestClient {
  const rest = new RestClient(sluice.url)
  after(() => rest.close())
  return rest
}

const pathOf = (topic: string) => `/v3/clusters/c1/topics/${topic}/records`

const text = (data: string) => JSON.stringify({ value: { type: 'STRING', data } })

async function openAll(url: string, topic: string, count: number): Promise<StreamClient[]> {
  const clients: StreamClient[] = []
  for (let opened = 0; opened < count; opened++) {
    clients.push(await StreamClient.open(url, pathOf(topic)))
  }
  after(() => {
    for (const client of clients) client.close()
  })
  return clients
}

/** Sends a record on each stream, and then takes the answers. */
async function sendAll(
  clients: readonly StreamClient[],
  record: (client: number) => string,
): Promise<void> {
  for (const [index, client] of clients.entries()) client.send(text(record(index)))
  for (const client of clients) assert.equal((await client.answer()).error_code, 200)
}

async function endAll(clients: readonly StreamClient[]): Promise<void> {
  for (const client of clients) client.end()
  for (const client of clients) {
    assert.deepEqual(await client.rest(), [])
    assert.ok(client.isComplete)
  }
}

describe('a thousand open streams', () => {
  const STREAMS = 1000
  /** Of a stream whose records are answered; docs/production.md states it. The rest is room for the allocators. */
  const MB_PER_STREAM = 0.05

  test('are answered each in its order, on two event loops, with little memory', async () => {
    const topic = await newTopic({ partitions: 4 })
    const sluice = await start({ 'sluice.http.threads': '2' })
    const rest = restOf(sluice)
    const [warm] = (await openAll(sluice.url, topic, 1)) as [StreamClient]
    warm.send(text('warm'))
    assert.equal((await warm.answer()).error_code, 200)
    const before = residentMb(sluice.pid as number)
    const clients = await openAll(sluice.url, topic, STREAMS)
    for (let round = 0; round < 3; round++) await sendAll(clients, (client) => `${client} ${round}`)
    assert.equal(await gaugeOf(rest, 'sluice_produce_streams'), STREAMS + 1)
    const metrics = await readMetrics(rest)
    for (const loop of [0, 1]) {
      assert.ok((metrics.get(`sluice_http_connections{loop="${loop}"}`) ?? 0) > STREAMS / 10)
    }
    const used = residentMb(sluice.pid as number) - before
    console.log(`${STREAMS} open streams: ${used} MB`)
    assert.ok(used < STREAMS * MB_PER_STREAM, `${used} MB`)
    await endAll(clients)
    warm.close()
    await until('no stream is open', async () => {
      return (await gaugeOf(rest, 'sluice_produce_streams')) === 0
    })
    const written = await witness.consumeAll(topic)
    assert.equal(written.length, 3 * STREAMS + 1)
    // The records of a stream have no key, and so no common partition: only their number is known.
    const streams = new Set(written.map(({ value }) => value?.toString().split(' ')[0]))
    assert.equal(streams.size, STREAMS + 1)
  })

  test('end with an answer to each record when the process stops', async () => {
    const topic = await newTopic({ partitions: 1 })
    const sluice = await start({ 'sluice.http.threads': '2' })
    const clients = await openAll(sluice.url, topic, 50)
    await sendAll(clients, () => 'a')
    const stopped = sluice.stop('SIGTERM')
    await Promise.all(clients.map((client) => client.closed()))
    assert.equal((await stopped)?.code, 0)
    assert.equal((await witness.consumeAll(topic)).length, clients.length)
  })
})

describe('clients of streams', () => {
  /** `upload` is `-` for a standard input that curl waits for, and `.` for one that it does not. */
  function curl(url: string, topic: string, upload: '-' | '.') {
    const child = spawn('curl', [
      ...['--silent', '--show-error', '--no-buffer', '--request', 'POST', '--upload-file', upload],
      ...['--header', 'Content-Type: application/json', url + pathOf(topic)],
    ])
    after(() => child.kill())
    let shown = ''
    child.stdout.on('data', (bytes: Buffer) => {
      shown += bytes
    })
    const answers = () => shown.split('\r\n').slice(0, -1)
    const ended = new Promise((resolve) => child.on('exit', resolve))
    return { stdin: child.stdin, answers, ended }
  }

  const offsetsOf = (answers: readonly string[]) => answers.map((line) => JSON.parse(line).offset)

  test('curl -T . shows each answer while it waits for the next record', async () => {
    const topic = await newTopic({ partitions: 1 })
    const { url } = await start()
    const { stdin, answers, ended } = curl(url, topic, '.')
    for (let sent = 1; sent <= 3; sent++) {
      stdin.write(`${text(`v${sent}`)}\n`)
      await until(`answer ${sent}`, () => answers().length === sent)
    }
    stdin.end(text('v4'))
    assert.equal(await ended, 0)
    assert.deepEqual(offsetsOf(answers()), [0, 1, 2, 3])
    assert.equal((await witness.consumeAll(topic)).length, 4)
  })

  test('curl -T - writes what it is given, and has all answers at its end', async () => {
    const topic = await newTopic({ partitions: 1 })
    const { url } = await start()
    const { stdin, answers, ended } = curl(url, topic, '-')
    for (let sent = 0; sent < 100; sent++) stdin.write(`${text(`v${sent}`)}\n`)
    stdin.end()
    assert.equal(await ended, 0)
    assert.deepEqual(offsetsOf(answers()), [...Array(100).keys()])
    assert.equal((await witness.consumeAll(topic)).length, 100)
  })

  test('have several streams on one connection in turn', async () => {
    const topic = await newTopic({ partitions: 1 })
    const { url } = await start()
    const [client] = (await openAll(url, topic, 1)) as [StreamClient]
    let offset = 0
    for (let stream = 0; stream < 5; stream++) {
      if (stream > 0) client.openNext(pathOf(topic))
      for (let record = 0; record < 3; record++) {
        client.send(text(`${stream} ${record}`))
        assert.equal((await client.answer()).offset, offset++)
      }
      client.end()
      assert.deepEqual(await client.rest(), [])
      assert.ok(client.isComplete)
    }
  })

  test('that never read lose their connection, and nobody else notices', async () => {
    const topic = await newTopic({ partitions: 1 })
    const sluice = await start({ 'idle.timeout.ms': '3000' })
    const rest = restOf(sluice)
    const [mute, other] = (await openAll(sluice.url, topic, 2)) as [StreamClient, StreamClient]
    mute.socket.pause()
    const chunk = '{}'.repeat(20_000)
    const filling = setInterval(() => {
      if (mute.socket.writableLength < 10_000_000) mute.send(chunk)
    }, 1)
    after(() => clearInterval(filling))
    // The other one has to be busy, or it would be idle, too.
    let answered = 0
    await until('the end of the client that does not read', async () => {
      other.send(text('a'))
      assert.equal((await other.answer()).error_code, 200)
      answered++
      return (await gaugeOf(rest, 'sluice_produce_streams')) === 1 && answered > 1
    })
    clearInterval(filling)
    other.end()
    assert.deepEqual(await other.rest(), [])
  })
})

describe('a record of 64 MiB', () => {
  const BYTES = 64 * 1024 * 1024
  const PIECE = 'x'.repeat(1024 * 1024)

  function sendLarge(client: StreamClient): void {
    client.send('{"value":{"type":"STRING","data":"')
    for (let sent = 0; sent < BYTES; sent += PIECE.length) client.send(PIECE)
    client.send('"}}')
  }

  test('is above the limit of a process without settings, and ends its stream', async () => {
    const topic = await newTopic({ partitions: 1 })
    const { url } = await start()
    const [client] = (await openAll(url, topic, 1)) as [StreamClient]
    client.send(text('a'))
    assert.equal((await client.answer()).error_code, 200)
    sendLarge(client)
    const { error_code, message } = await client.answer()
    assert.deepEqual(
      [error_code, message],
      [
        400,
        'Bad Request: Error processing message: Produce request size is larger than allowed threshold',
      ],
    )
    assert.equal(await client.next(), undefined)
    await client.closed()
    assert.equal((await witness.consumeAll(topic)).length, 1)
  })

  test('is written where the limits allow it', async () => {
    const topic = await newTopic({
      partitions: 1,
      config: { 'max.message.bytes': String(80 * 1024 * 1024) },
    })
    const { url } = await start({
      'sluice.request.max.bytes': String(128 * 1024 * 1024),
      'sluice.produce.inflight.max.bytes': String(256 * 1024 * 1024),
      'sluice.request.arriving.max.bytes': String(256 * 1024 * 1024),
      'producer.max.request.size': String(80 * 1024 * 1024),
    })
    const [client] = (await openAll(url, topic, 1)) as [StreamClient]
    sendLarge(client)
    client.send(text('behind'))
    client.end()
    const answers = await client.rest()
    assert.deepEqual(
      answers.map(({ error_code, value }) => [error_code, value?.size]),
      [
        [200, BYTES],
        [200, 6],
      ],
      JSON.stringify(answers),
    )
  })

  test('that the producer does not take is an error of 413, and the stream goes on', async () => {
    const topic = await newTopic({ partitions: 1 })
    const { url } = await start({
      'sluice.request.max.bytes': String(128 * 1024 * 1024),
      'sluice.produce.inflight.max.bytes': String(256 * 1024 * 1024),
      'sluice.request.arriving.max.bytes': String(256 * 1024 * 1024),
    })
    const [client] = (await openAll(url, topic, 1)) as [StreamClient]
    sendLarge(client)
    client.send(text('behind'))
    client.end()
    const answers = await client.rest()
    assert.deepEqual(
      answers.map(({ error_code }) => error_code),
      [413, 200],
      JSON.stringify(answers),
    )
  })
})
