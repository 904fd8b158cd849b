/** Streams of records of the v3 API, beside librdkafka's own benchmark. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Performance, producePerformance, recordTimes } from '../rdkafka-performance.ts'
import { percentile } from './paced-load.ts'
import { inTurns, median, type Row, type Stage, short, spread } from './row.ts'
import { type MeteredServer, startProxy } from './server.ts'

const ROUNDS = 3
const RECORDS = 2_000_000
const RECORDS_OF_A_CHUNK = 500
const PACED_SECONDS = 5
const PACED_PER_SECOND = 1000

const RECORD_BYTES = 100

const RECORD = JSON.stringify({
  value: { type: 'BINARY', data: Buffer.alloc(RECORD_BYTES, 'x').toString('base64') },
})

/** The last chunk of a response. */
const END = '0\r\n\r\n'

async function open(url: string, topic: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  socket.write(
    `POST /v3/clusters/c/topics/${topic}/records HTTP/1.1\r\nHost: ${hostname}\r\n` +
      'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
  )
  return socket
}

function chunkOf(text: string): Buffer {
  return Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n`)
}

/** Writes a record again and again. Resolves when all records of a stream are answered. */
async function writeAll(url: string, topic: string, count: number, record: string): Promise<void> {
  const socket = await open(url, topic)
  const isAnswered = new Promise<void>((resolve) => {
    socket.on('data', (bytes) => {
      if (bytes.toString('latin1', bytes.length - END.length) === END) resolve()
    })
  })
  const chunk = chunkOf(record.repeat(RECORDS_OF_A_CHUNK))
  for (let sent = 0; sent < count; sent += RECORDS_OF_A_CHUNK) {
    if (!socket.write(chunk)) await once(socket, 'drain')
  }
  socket.write(END)
  await isAnswered
  socket.destroy()
}

/** Throughput and cost of so many records over some connections; by default those of 100 bytes. */
export async function measureStreams(
  server: MeteredServer,
  topic: string,
  connections: number,
  records: number,
  record = RECORD,
): Promise<Performance> {
  const before = server.meter.cpuSeconds()
  const startedAt = performance.now()
  const each = records / connections
  await Promise.all(
    Array.from({ length: connections }, () => writeAll(server.url, topic, each, record)),
  )
  const seconds = (performance.now() - startedAt) / 1000
  const cpuSeconds = server.meter.cpuSeconds() - before
  return {
    recordsPerSecond: records / seconds,
    cpuMicrosPerRecord: (cpuSeconds * 1e6) / records,
  }
}

/** The times from each record to its answer, in ms, ascending, without those of the first second. */
async function paced(server: MeteredServer, topic: string): Promise<number[]> {
  const socket = await open(server.url, topic)
  const sentAt: number[] = []
  const times: number[] = []
  socket.on('data', (bytes) => {
    const answers = bytes.toString('latin1').split('"error_code"').length - 1
    for (let i = 0; i < answers; i++) {
      times.push(performance.now() - (sentAt[times.length] ?? 0))
    }
  })
  const chunk = chunkOf(RECORD)
  const startedAt = performance.now()
  const count = PACED_SECONDS * PACED_PER_SECOND
  while (sentAt.length < count) {
    const due = ((performance.now() - startedAt) / 1000) * PACED_PER_SECOND
    while (sentAt.length < Math.min(due, count)) {
      sentAt.push(performance.now())
      socket.write(chunk)
    }
    await sleep(1)
  }
  while (times.length < count) await sleep(10)
  socket.destroy()
  return times.slice(PACED_PER_SECOND).sort((left, right) => left - right)
}

async function rowsOf(
  stage: Stage,
  server: MeteredServer,
  topic: string,
  connections: number,
): Promise<Row[]> {
  await measureStreams(server, topic, connections, RECORDS / 10)
  const pairs = await inTurns(
    ROUNDS,
    () => measureStreams(server, topic, connections, RECORDS),
    () => producePerformance(stage.bootstrapServers, topic, RECORDS, RECORD_BYTES),
  )
  const cpu = pairs.map(([ours, limit]) => ours.cpuMicrosPerRecord / limit.cpuMicrosPerRecord)
  const rate = pairs.map(([ours, limit]) => ours.recordsPerSecond / limit.recordsPerSecond)
  const figures = (side: 0 | 1, name: keyof Performance) => pairs.map((pair) => pair[side][name])
  const what = `Stream of v3, ${connections === 1 ? '1 connection' : `${connections} connections`}`
  return [
    {
      section: 'Streams',
      what: `${what}: CPU per record ÷ \`rdkafka_performance -P\``,
      value: spread(cpu),
      detail: `${spread(figures(0, 'cpuMicrosPerRecord'))} µs ÷ ${spread(figures(1, 'cpuMicrosPerRecord'))} µs`,
      target: '≤ 2.5',
      isReached: median(cpu) <= 2.5,
    },
    {
      section: 'Streams',
      what: `${what}: records/s ÷ \`rdkafka_performance -P\``,
      value: spread(rate),
      detail: `${short(median(figures(0, 'recordsPerSecond')))} ÷ ${short(median(figures(1, 'recordsPerSecond')))}`,
      target: '≥ 0.35',
      isReached: median(rate) >= 0.35,
    },
  ]
}

/** Binary records of 100 bytes. */
export async function measureRecordStreams(stage: Stage): Promise<Row[]> {
  const topic = await stage.createTopic('streams')
  const server = await startProxy(stage.bootstrapServers)
  const rows = [
    ...(await rowsOf(stage, server, topic, 1)),
    ...(await rowsOf(stage, server, topic, 16)),
  ]
  const ours = await paced(server, topic)
  const limit = await recordTimes(
    stage.bootstrapServers,
    topic,
    PACED_PER_SECOND,
    PACED_SECONDS,
    RECORD_BYTES,
  )
  await server.stop()
  const [our99, limit99] = [percentile(ours, 99), percentile(limit, 99)]
  return [
    ...rows,
    {
      section: 'Streams',
      what: `Stream of v3, ${PACED_PER_SECOND} records/s: p99 of answers above that of \`rdkafka_performance\``,
      value: `${(our99 - limit99).toFixed(1)} ms`,
      detail: `${our99.toFixed(1)} ms, ${limit99.toFixed(1)} ms`,
      target: '≤ 5 ms',
      isReached: our99 - limit99 <= 5,
    },
  ]
}
