/** Reads share the memory for their responses: who waits for it is told so in time. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { gaugeOf } from '../metrics-text.ts'
import { RawConnection } from '../raw-connection.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

/** Sixteen pieces. */
const BUFFERED_MAX = 4_194_304

const { url, rest, witness, newTopic, newConsumer } = await setTheStage({
  'sluice.consume.buffered.max.bytes': BUFFERED_MAX,
})

test('a read that finds no memory within its timeout is 429, and loses nothing', async () => {
  const topic = await newTopic()
  const records = Array.from({ length: 200 }, () => ({ value: Buffer.alloc(100_000) }))
  await witness.produce(topic, records)
  const held: RawConnection[] = []
  const letGo = () => {
    for (const connection of held) connection.close()
  }
  after(letGo)
  while ((await gaugeOf(rest, 'sluice_consume_buffered_bytes')) < BUFFERED_MAX) {
    const consumer = await newConsumer({
      'consumer.request.timeout.ms': 60_000,
      'fetch.min.bytes': -1,
    })
    await consumer.assign(topic, 0)
    const connection = await RawConnection.open(url)
    connection.pause()
    await connection.send(
      `GET ${consumer.recordsPath('max_bytes=20000000')} HTTP/1.1\r\nHost: x\r\n\r\n`,
    )
    held.push(connection)
    await until(
      'it is read from',
      async () => (await gaugeOf(rest, 'sluice_consume_reads')) === held.length,
    )
  }

  const consumer = await newConsumer()
  await consumer.assign(topic, 0)
  const refused = await consumer.read('timeout=1000&max_bytes=200000')
  assert.deepEqual([refused.status, refused.body.error_code], [429, 429])
  assert.match(refused.body.message, /^sluice\.consume\.buffered\.max\.bytes=4194304 bytes of/)
  assert.equal(refused.headers['retry-after'], '1')

  letGo()
  const [first] = await consumer.records('max_bytes=200000')
  assert.equal(first?.offset, 0)
})
