/** Reads share the memory for their responses: who waits for it is told so in time. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { gaugeOf } from '../metrics-text.ts'
import { RawConnection } from '../raw-connection.ts'
import type { RestResponse } from '../rest-client.ts'
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
  const holdAnother = async () => {
    const holder = await newConsumer({
      'consumer.request.timeout.ms': 60_000,
      'fetch.min.bytes': -1,
    })
    await holder.assign(topic, 0)
    const connection = await RawConnection.open(url)
    connection.pause()
    await connection.send(
      `GET ${holder.recordsPath('max_bytes=20000000')} HTTP/1.1\r\nHost: x\r\n\r\n`,
    )
    held.push(connection)
    await until(
      'it is read from',
      async () => (await gaugeOf(rest, 'sluice_consume_reads')) === held.length,
    )
  }

  const consumer = await newConsumer()
  await consumer.assign(topic, 0)
  // The kernel takes some megabytes for each reader that does not read, so one may not be enough.
  let next = 0
  let answer: RestResponse
  do {
    await holdAnother()
    answer = await consumer.read('timeout=1000&max_bytes=200000')
    if (answer.status === 200) next += answer.body.length
  } while (answer.status === 200)
  assert.deepEqual([answer.status, answer.body.error_code], [429, 429])
  assert.match(answer.body.message, /^sluice\.consume\.buffered\.max\.bytes=4194304 bytes of/)
  assert.equal(answer.headers['retry-after'], '1')

  letGo()
  const [first] = await consumer.records('max_bytes=200000')
  assert.equal(first?.offset, next)
})
