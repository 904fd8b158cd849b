/**
 * Readers that stop reading in the middle of a large response, and stay. Plain sockets, because
 * an HTTP client doesn't leave bytes in its socket on purpose.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { BINARY, V2 } from '../test/media-types.ts'

/** More than the 64 MiB that a response may hold, so that every stalled one has more to come. */
const BACKLOG_RECORDS = 800
const VALUE_BYTES = 100_000
const RECORDS_PER_REQUEST = 8
/** How many instances are created at a time. */
const BATCH = 20
/** How much of its response a reader takes before it stalls. */
const READ_BYTES = 256 * 1024
const DEADLINE_MS = 60_000

/** Consumer instances, each in a group of its own, that have read a little. */
export interface StalledReaders {
  /** Begins a large response on each; resolves when all have taken some of it and stalled. */
  stall(): Promise<void>
  /** Hangs up, and deletes the instances. */
  close(): Promise<void>
}

/**
 * Fills the topic when it holds less than one response, creates `count` instances, and reads a
 * little with each, so that what librdkafka fetches ahead is there when this resolves.
 */
export async function openStalledReaders(
  url: string,
  topic: string,
  count: number,
): Promise<StalledReaders> {
  const run = randomUUID()
  const groups = Array.from({ length: count }, (_, index) => `stalled-${run}-${index}`)
  const sockets: Socket[] = []
  await fill(url, topic)
  await inBatches(groups, (group) => open(url, topic, group))
  return {
    async stall() {
      await inBatches(groups, async (group) => {
        sockets.push(await stall(url, `${instancePath(group)}/records`))
      })
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await inBatches(groups, async (group) => {
        await request(url, 'DELETE', instancePath(group))
      })
    },
  }
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let index = 0; index < items.length; index += BATCH) {
    await Promise.all(items.slice(index, index + BATCH).map(work))
  }
}

async function fill(url: string, topic: string): Promise<void> {
  const body = () => {
    const records = Array.from({ length: RECORDS_PER_REQUEST }, () => ({
      // Random, so that no compression makes it small.
      value: randomBytes(VALUE_BYTES).toString('base64'),
    }))
    return JSON.stringify({ records })
  }
  for (let held = await recordsIn(url, topic); held < BACKLOG_RECORDS; ) {
    await request(url, 'POST', `/topics/${topic}/partitions/0`, body(), BINARY)
    held += RECORDS_PER_REQUEST
  }
}

/** How many records the partition to read holds; none when the topic does not exist yet. */
async function recordsIn(url: string, topic: string): Promise<number> {
  const response = await fetch(`${url}/topics/${topic}/partitions/0/offsets`)
  if (response.status === 404) return 0
  const { beginning_offset, end_offset } = (await response.json()) as Record<string, number>
  return (end_offset ?? 0) - (beginning_offset ?? 0)
}

function instancePath(group: string): string {
  return `/consumers/${group}/instances/reader`
}

async function open(url: string, topic: string, group: string): Promise<void> {
  const settings = {
    name: 'reader',
    'auto.offset.reset': 'earliest',
    // Longer than any run: a stalled response must not end by itself.
    'consumer.request.timeout.ms': 3_600_000,
  }
  await request(url, 'POST', `/consumers/${group}`, JSON.stringify(settings))
  const path = instancePath(group)
  await request(url, 'POST', `${path}/subscription`, JSON.stringify({ topics: [topic] }))
  await request(url, 'GET', `${path}/records?max_bytes=${2 * VALUE_BYTES}`)
}

/** Throws unless the answer is a success, which ends the load test. */
async function request(
  url: string,
  method: string,
  path: string,
  body?: string,
  contentType = V2,
): Promise<void> {
  const response = await fetch(url + path, {
    method,
    headers: { 'Content-Type': contentType, Accept: '*/*' },
    signal: AbortSignal.timeout(DEADLINE_MS),
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
}

/** Reads the beginning of a response, and then no more. The socket stays open. */
async function stall(url: string, path: string): Promise<Socket> {
  const { hostname, port, host } = new URL(url)
  const socket = connect(Number(port || 80), hostname)
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: ${BINARY}\r\n\r\n`)
  let received = 0
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`GET ${path} ${why} after ${received} bytes.`))
    const timer = setTimeout(() => fail('was too slow'), DEADLINE_MS)
    socket.on('error', ({ message }) => fail(`failed (${message})`))
    socket.on('close', () => fail('ended'))
    socket.on('data', (chunk) => {
      if (received === 0 && !chunk.toString('latin1').startsWith('HTTP/1.1 200')) {
        fail(`answered ${chunk}`)
      }
      received += chunk.length
      if (received < READ_BYTES) return
      socket.pause()
      clearTimeout(timer)
      resolve()
    })
  })
  return socket
}
