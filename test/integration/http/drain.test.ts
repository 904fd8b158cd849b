/** Stopping: what runs is finished, what comes is served, and then all connections end (U20). */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gaugeOf } from '../metrics-text.ts'
import { RawConnection } from '../raw-connection.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const GRACE_MS = 6000

const { url, rest, witness, newTopic, newConsumer, stopProxy } = await setTheStage({
  'shutdown.graceful.ms': GRACE_MS,
})

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

test('a stop finishes what runs, serves what comes, and loses nothing', async () => {
  const topic = await newTopic()
  const committed = await newTopic()
  const crowded = await newTopic()
  await witness.produce(committed, [{ value: Buffer.from('v') }, { value: Buffer.from('w') }])
  const waiting = await newConsumer({ 'consumer.request.timeout.ms': 4000 })
  await waiting.assign(topic, 0)
  const endless = await newConsumer({
    'consumer.request.timeout.ms': 600_000,
    'fetch.min.bytes': -1,
  })
  await endless.assign(topic, 0)
  const committing = await newConsumer({ 'auto.commit.enable': true })
  await committing.subscribe(committed)
  await committing.recordsUntil(2)
  const kept = await RawConnection.open(url)
  const slow = await RawConnection.open(url)
  after(() => [kept, slow].map((connection) => connection.close()))
  await kept.send(GET)
  await kept.response()
  const body = '{"records":[{"value":null}]}'
  await slow.send(
    `POST /topics/${topic} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`,
    body.slice(0, 10),
  )
  // A large answer, of which its client takes only what its socket takes by itself.
  const large = await RawConnection.open(url)
  after(() => large.close())
  large.pause()
  const many = `{"records":[${Array(120_000).fill('{}').join()}]}`
  await large.send(
    `POST /topics/${crowded} HTTP/1.1\r\nHost: x\r\nContent-Length: ${many.length}\r\n\r\n${many}`,
  )
  await until('they are written', async () => {
    const [partition] = await witness.watermarks(crowded)
    return partition?.high === 120_000
  })
  const reading = waiting.read()
  const unending = endless.read('max_bytes=1000000')
  await until('both run', async () => (await gaugeOf(rest, 'sluice_consume_reads')) === 2)

  const started = performance.now()
  const stopping = stopProxy()

  // New connections are refused.
  await assert.rejects(RawConnection.open(url), { code: 'ECONNREFUSED' })
  // A kept one is served once more, says that it will be closed, and is.
  await kept.send('GET /ready HTTP/1.1\r\nHost: x\r\n\r\n')
  const last = await kept.response()
  assert.equal(last?.status, 503)
  assert.equal(last?.headers['connection'], 'close')
  await kept.closed()
  // What was on its way is taken to its end: a record that comes, and the read that waits for it.
  await sleep(500)
  await slow.send(body.slice(10))
  const uploaded = await slow.response()
  assert.deepEqual([uploaded?.status, uploaded?.headers['connection']], [200, 'close'])
  const answer = await reading
  assert.deepEqual([answer.status, answer.body.length], [200, 1])
  assert.equal(answer.headers.connection, 'close')
  large.resume()
  const whole = await large.response()
  assert.equal(JSON.parse(whole?.body ?? '').offsets.length, 120_000)

  // What would go on for longer than the grace ends with it, as whole as it is.
  const ended = await unending
  assert.deepEqual([ended.status, ended.body.length], [200, 1])
  assert.ok(performance.now() - started >= GRACE_MS - 10)

  await stopping
  assert.ok(performance.now() - started < GRACE_MS + 15_000)
  assert.deepEqual(await witness.watermarks(topic), [{ partition: 0, low: 0, high: 1 }])
  // What was delivered is committed, and the group is left: another member has it at once.
  assert.deepEqual(await witness.committed(committing.group, committed), [
    { partition: 0, offset: 2 },
  ])
  await slow.closed()
})
