/**
 * The limit of descriptors under more clients than it allows: the server stops accepting without
 * spinning, serves those that it has, and leaves Kafka's sockets their descriptors. One story in order.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startKafka } from '../../cluster/kafka.ts'
import { startSluice } from '../../cluster/sluice.ts'
import { JSON_V2, V2 } from '../../media-types.ts'
import { metricsOn } from '../metrics-text.ts'
import { RawConnection, type RawResponse } from '../raw-connection.ts'
import { until } from '../until.ts'

const LIMIT = 256
const CLIENTS = 2000

/** A spinning loop has 1. Being full costs a fraction of it, also on a busy machine. */
const MAX_CPU_SHARE = 0.5
const CPU_WINDOW_MS = 3000
const LIMIT_NOTICED_MS = 3000

const isLinux = process.platform === 'linux'
const kafka = await startKafka()
const sluice = await startSluice(kafka.bootstrapServers)
const clients: RawConnection[] = []
/** A connection from before the crowd. */
let own: RawConnection
let isOver = false

after(async () => {
  isOver = true
  for (const client of clients) client.close()
  await sluice.stop()
  await kafka.stop()
})

before(async () => {
  await kafka.createTopic('full')
  own = await RawConnection.open(sluice.url)
  assert.equal((await produce()).status, 200)
  // As `ulimit -n`, which a process inherits. A limit that changes is noticed within a second.
  if (isLinux) execFileSync('prlimit', ['--pid', `${sluice.pid}`, `--nofile=${LIMIT}:${LIMIT}`])
  await sleep(LIMIT_NOTICED_MS)
})

async function ask(method: string, path: string, body = '', type = V2): Promise<RawResponse> {
  const headers = `Host: x\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n`
  await own.send(`${method} ${path} HTTP/1.1\r\n${headers}\r\n${body}`)
  const response = await own.response()
  assert.ok(response, 'the connection from before the crowd was closed')
  return response
}

async function isHealthy(): Promise<boolean> {
  return (await ask('GET', '/healthy')).status === 200
}

async function produce(): Promise<RawResponse> {
  const response = await ask('POST', '/topics/full', '{"records":[{"value":1}]}', JSON_V2)
  return JSON.parse(response.body).offsets?.[0].offset >= 0 ? response : { ...response, status: 0 }
}

/** Requests whose bodies do not come: the server waits for them for half a minute. */
async function hold(): Promise<void> {
  const client = await RawConnection.open(sluice.url)
  if (isOver) return client.close()
  clients.push(client)
  await client.send(
    'POST /topics/full HTTP/1.1\r\nHost: x\r\n' +
      `Content-Type: ${JSON_V2}\r\nContent-Length: 100\r\n\r\n{"rec`,
  )
}

/** Seconds of CPU time that the process has used. */
function cpuSeconds(): number {
  const fields = readFileSync(`/proc/${sluice.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

test('a crowd above the limit is not accepted, and the log says why', {
  skip: !isLinux,
}, async () => {
  // Most of them connect when others have ended, or never.
  for (let i = 0; i < CLIENTS; i++) void hold().catch(() => {})
  await until('it is full', async () => {
    return ((await metricsOn(own)).get('sluice_http_accept_pauses_total') ?? 0) > 0
  })
  await until('the log says so', () => sluice.log().includes('not accepting connections'))
  assert.match(
    sluice.log(),
    /The process may have 256 \(ulimit -n\), of which 64 are kept for Kafka/,
  )
  const metrics = await metricsOn(own)
  assert.ok((metrics.get('process_open_fds') ?? LIMIT) <= LIMIT - 64 + 4)
  assert.ok((metrics.get('sluice_http_connections{loop="0"}') ?? 0) > 50)
})

test('the loop does not spin, and requests are answered', { skip: !isLinux }, async () => {
  const [started, cpu] = [performance.now(), cpuSeconds()]
  while (performance.now() - started < CPU_WINDOW_MS) {
    assert.ok(await isHealthy())
    await sleep(100)
  }
  const share = (cpuSeconds() - cpu) / ((performance.now() - started) / 1000)
  assert.ok(share < MAX_CPU_SHARE, `${share} of a core`)
})

test('Kafka is reached again after its broker was away', { skip: !isLinux }, async () => {
  const [broker] = kafka.brokers
  assert.equal((await produce()).status, 200)
  let isBack = false
  const restart = async () => {
    await broker?.stop('SIGKILL')
    await broker?.start()
    isBack = true
  }
  // A connection without requests would be closed meanwhile.
  await Promise.all([
    restart(),
    until('it is back', async () => (await isHealthy()) && isBack, 240_000),
  ])
  await until('a record is written', async () => (await produce()).status === 200)
  const created = await ask('POST', '/consumers/full', '{"name":"c","format":"json"}')
  assert.equal(created.status, 200)
  const instance = '/consumers/full/instances/c'
  const partition = '{"partitions":[{"topic":"full","partition":0}]}'
  assert.equal((await ask('POST', `${instance}/assignments`, partition)).status, 204)
  assert.equal((await ask('POST', `${instance}/positions/beginning`, partition)).status, 204)
  await until('records are read', async () => {
    await own.send(`GET ${instance}/records HTTP/1.1\r\nHost: x\r\nAccept: ${JSON_V2}\r\n\r\n`)
    return JSON.parse((await own.response())?.body ?? '[]').length > 0
  })
})

test('connections are accepted again when the crowd is gone', { skip: !isLinux }, async () => {
  isOver = true
  for (const client of clients) client.close()
  await until('they are gone', async () => {
    return (await metricsOn(own)).get('sluice_http_connections{loop="0"}') === 1
  })
  const fresh = await RawConnection.open(sluice.url)
  await fresh.send('GET /healthy HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.equal((await fresh.response())?.status, 200)
  fresh.close()
  assert.equal((await produce()).status, 200)
})

test('consumer instances leave the producer its descriptors', { skip: !isLinux }, async () => {
  let refusal: RawResponse | undefined
  for (let i = 0; i < LIMIT && !refusal; i++) {
    const created = await ask('POST', '/consumers/many', `{"name":"c${i}","format":"json"}`)
    if (created.status !== 200) refusal = created
  }
  assert.equal(refusal?.status, 503)
  assert.equal(JSON.parse(refusal?.body ?? '{}').error_code, 50305)
  assert.ok(Number(refusal?.headers['retry-after']) > 0)
  assert.equal((await produce()).status, 200)
  assert.equal((await ask('DELETE', '/consumers/many/instances/c0')).status, 204)
  await until('there is room for another', async () => {
    const created = await ask('POST', '/consumers/many', '{"name":"again","format":"json"}')
    return created.status === 200
  })
})
