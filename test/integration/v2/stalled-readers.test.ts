/** Readers that stop taking bytes: what the kernel keeps for them, and what they get in the end. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawConnection } from '../raw-connection.ts'
import { type Stage, setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const SEND_BUFFER_BYTES = 65_536
/** Linux doubles the size, and takes a packet that begins below it. */
const MOST_BYTES = 4 * SEND_BUFFER_BYTES
/** uWebSockets.js ends connections without progress after 8 to 12 s, unless they are kept. */
const STALL_MS = 15_000
const RECORDS = { count: 100, size: 100_000 }

const automatic = await setTheStage()
const { kafka } = automatic
const bounded = await setTheStage(
  { 'sluice.connection.send.buffer.bytes': SEND_BUFFER_BYTES },
  { kafka },
)

const topic = await automatic.newTopic()
await automatic.witness.produce(
  topic,
  Array.from({ length: RECORDS.count }, (_, index) => ({
    value: Buffer.alloc(RECORDS.size, index),
  })),
)

/** A reader that has asked for all records of the topic, and takes nothing. */
async function stalledReader(stage: Stage): Promise<RawConnection> {
  const consumer = await stage.newConsumer({
    'consumer.request.timeout.ms': 60_000,
    'fetch.min.bytes': -1,
  })
  await consumer.assign(topic, 0)
  const reader = await RawConnection.open(stage.url)
  after(() => reader.close())
  reader.pause()
  const path = consumer.recordsPath(`max_bytes=${RECORDS.count * RECORDS.size}`)
  await reader.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  return reader
}

/** Bytes that `stage` has sent to a client and that the client's kernel has not taken. */
function bytesInKernel(stage: Stage, { socket }: RawConnection): number {
  const hex = (port = 0) => port.toString(16).toUpperCase().padStart(4, '0')
  const ends = `:${hex(Number(new URL(stage.url).port))} [0-9A-F]+:${hex(socket.localPort)} `
  const queued = new RegExp(`${ends}[0-9A-F]+ ([0-9A-F]+):`).exec(
    readFileSync('/proc/net/tcp', 'utf8'),
  )
  return Number.parseInt(queued?.[1] ?? '0', 16)
}

describe('a reader that stalls', { concurrency: true }, () => {
  test('has as much in the kernel as sluice.connection.send.buffer.bytes allows', {
    skip: process.platform !== 'linux',
  }, async () => {
    const reader = await stalledReader(bounded)
    let last = -1
    await until('no more comes', async () => {
      const before = last
      last = bytesInKernel(bounded, reader)
      await sleep(300)
      return last === before && last > SEND_BUFFER_BYTES / 2
    })
    assert.ok(last <= MOST_BYTES, `${last} bytes`)
  })

  for (const [buffer, stage] of Object.entries({ automatic, bounded })) {
    test(`and goes on gets every byte, with a send buffer that is ${buffer}`, async () => {
      const reader = await stalledReader(stage)
      await sleep(STALL_MS)
      reader.resume()
      const response = await reader.response()
      const values = JSON.parse(response?.body ?? '[]').map(({ value }: { value: string }) => value)
      // The limit is exclusive: the last record does not fit.
      const sent = Array.from({ length: RECORDS.count - 1 }, (_, index) =>
        Buffer.alloc(RECORDS.size, index).toString('base64'),
      )
      assert.equal(values.length, sent.length)
      assert.deepEqual(values, sent)
    })
  }
})
