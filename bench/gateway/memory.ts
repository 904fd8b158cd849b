/** Memory and CPU time of idle consumer instances and of idle connections. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { producePerformance } from '../rdkafka-performance.ts'
import { RestConsumer } from './rest-consumer.ts'
import type { Row, Stage } from './row.ts'
import { startProxy } from './server.ts'

const INSTANCES = 200
const CONNECTIONS = 2000
const SETTLE_MS = 15_000
const MEGABYTE = 1e6

/** Over 200 instances: idle ones, and ones with a backlog that were read from. Over 2000 connections. */
export async function measureMemory(stage: Stage): Promise<Row[]> {
  const empty = await stage.createTopic('empty')
  const full = await stage.createTopic('full')
  await producePerformance(stage.bootstrapServers, full, 1_000_000, 100)
  const idle = await perInstance(stage, empty, false)
  const loaded = await perInstance(stage, full, true)
  const connection = await bytesPerConnection(stage)
  return [
    {
      section: 'Memory',
      what: 'Memory of an idle subscribed consumer instance',
      value: `${(idle.bytes / MEGABYTE).toFixed(2)} MB`,
      detail: `growth of resident memory over ${INSTANCES} instances`,
      target: '≤ 0.63 MB',
      isReached: idle.bytes <= 0.635 * MEGABYTE,
    },
    {
      section: 'Memory',
      what: 'Memory of an instance with a backlog of 100-byte records, between reads',
      value: `${(loaded.bytes / MEGABYTE).toFixed(2)} MB`,
      detail: `growth of resident memory over ${INSTANCES} instances, after one read of each`,
      target: '≤ 4 MB',
      isReached: loaded.bytes <= 4 * MEGABYTE,
    },
    {
      section: 'Memory',
      what: 'Memory of an idle connection',
      value: `${(connection / 1000).toFixed(1)} kB`,
      detail: `growth of resident memory over ${CONNECTIONS} connections, after a request on each`,
    },
    {
      section: 'Memory',
      what: `CPU of ${INSTANCES} instances with such a backlog, between reads`,
      value: `${(loaded.cores * 100).toFixed(1)} % of a core`,
      detail: `idle instances: ${(idle.cores * 100).toFixed(1)} %`,
    },
  ]
}

async function bytesPerConnection(stage: Stage): Promise<number> {
  const proxy = await startProxy(stage.bootstrapServers)
  const port = Number(new URL(proxy.url).port)
  const before = proxy.meter.rssBytes()
  const sockets = await openConnections(port, CONNECTIONS)
  const bytes = (proxy.meter.rssBytes() - before) / CONNECTIONS
  for (const socket of sockets) socket.destroy()
  await proxy.stop()
  return bytes
}

/** Connections that have had a request each. */
export async function openConnections(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = []
  for (let index = 0; index < count; index++) {
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /healthy HTTP/1.1\r\nHost: h\r\n\r\n')
    await once(socket, 'data')
    sockets.push(socket)
  }
  return sockets
}

/** What an instance has in memory, and how many cores all of them use. */
async function perInstance(
  stage: Stage,
  topic: string,
  reads: boolean,
): Promise<{ bytes: number; cores: number }> {
  const proxy = await startProxy(stage.bootstrapServers)
  const warm = await RestConsumer.create(proxy.url, topic)
  await warm.untilFetched()
  await warm.delete()
  await sleep(1000)
  const before = proxy.meter.rssBytes()
  const consumers: RestConsumer[] = []
  for (let count = 0; count < INSTANCES; count++) {
    consumers.push(await RestConsumer.create(proxy.url, topic))
  }
  await sleep(SETTLE_MS)
  if (reads) {
    for (const consumer of consumers) {
      await (await fetch(`${consumer.recordsUrl}?max_bytes=100000`)).arrayBuffer()
    }
    await sleep(SETTLE_MS)
  }
  const bytes = (proxy.meter.rssBytes() - before) / INSTANCES
  const cpuSeconds = proxy.meter.cpuSeconds()
  await sleep(SETTLE_MS)
  const cores = (proxy.meter.cpuSeconds() - cpuSeconds) / (SETTLE_MS / 1000)
  await proxy.stop()
  return { bytes, cores }
}
