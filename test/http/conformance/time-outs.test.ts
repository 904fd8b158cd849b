/** What becomes of connections that make no progress, and of those that make some. Nothing here asserts how long it takes. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startAddonRecorder } from './addon-recorder.ts'
import { head } from './cases/messages.ts'
import { Connection } from './connection.ts'
import { LARGE_BYTES } from './recorder.ts'

const NONE = { idle: 0, head: 0, bodyIdle: 0, write: 0 }
const SHORT_MS = 300
/** Bytes come more often than that, and together take longer. */
const STEADY_MS = 4000
const STEP_MS = 200
/** A time-out that does not come is seen after this time. */
const DEADLINE_MS = 20_000
/** Balancers keep idle connections for a minute. */
const BALANCER_MS = 61_000

const hasEnded = (connection: Connection) => connection.hasEnded
const isAnswered = ({ answers, hasEnded }: Connection) => hasEnded || answers.answers.length > 0

async function open(timeouts: Partial<typeof NONE>): Promise<Connection> {
  const recorder = startAddonRecorder({ timeouts: { ...NONE, ...timeouts } })
  after(() => recorder.stop())
  const connection = await Connection.open(recorder)
  after(() => connection.close())
  return connection
}

const send = (connection: Connection, text: string) => connection.send(Buffer.from(text, 'latin1'))

describe('a connection', { concurrency: true }, () => {
  it('without a request is closed without an answer', async () => {
    const connection = await open({ idle: SHORT_MS })
    assert.ok(await connection.until(hasEnded, DEADLINE_MS))
    assert.deepEqual(connection.answers.answers, [])
  })

  it('with only an empty line is closed without an answer', async () => {
    const connection = await open({ idle: SHORT_MS })
    send(connection, '\r\n')
    assert.ok(await connection.until(hasEnded, DEADLINE_MS))
    assert.deepEqual(connection.answers.answers, [])
  })

  it('is closed after its last answer', async () => {
    const connection = await open({ idle: SHORT_MS })
    send(connection, head('GET / HTTP/1.1'))
    assert.ok(await connection.until(hasEnded, DEADLINE_MS))
    assert.deepEqual(connection.answers.answers, ['200 GET /'])
  })

  it('whose answer takes longer than it may be idle gets the answer', async () => {
    const connection = await open({ idle: SHORT_MS, head: SHORT_MS, bodyIdle: SHORT_MS })
    send(connection, head('GET /later?1500 HTTP/1.1'))
    assert.ok(await connection.until(isAnswered, DEADLINE_MS))
    assert.deepEqual(connection.answers.answers, ['200 GET /later?1500'])
  })

  it('whose next request waits for the answer before it gets both answers', async () => {
    const connection = await open({ idle: SHORT_MS, head: SHORT_MS, bodyIdle: SHORT_MS })
    send(connection, head('GET /later?1500 HTTP/1.1') + head('GET / HTTP/1.1'))
    assert.ok(await connection.until(hasEnded, DEADLINE_MS))
    assert.deepEqual(connection.answers.answers, ['200 GET /later?1500', '200 GET /'])
  })

  it('that may be idle for longer than a minute is served after a minute', async () => {
    const connection = await open({ idle: 2 * BALANCER_MS })
    send(connection, head('GET /a HTTP/1.1'))
    await sleep(BALANCER_MS)
    send(connection, head('GET /b HTTP/1.1'))
    await connection.until(({ answers }) => answers.answers.length === 2, DEADLINE_MS)
    assert.deepEqual(connection.answers.answers, ['200 GET /a', '200 GET /b'])
  })

  it('whose head does not end gets 408, though bytes come steadily', async () => {
    const connection = await open({ head: SHORT_MS })
    send(connection, 'GET / HTTP/1.1\r\nHost: x\r\nX-A: ')
    const drip = setInterval(() => send(connection, 'a'), STEP_MS / 5)
    const isOver = await connection.until(hasEnded, DEADLINE_MS)
    clearInterval(drip)
    assert.ok(isOver)
    assert.deepEqual(connection.answers.answers, ['408'])
  })

  it('whose head stops gets 408', async () => {
    const connection = await open({ head: SHORT_MS })
    send(connection, 'GET')
    assert.ok(await connection.until(hasEnded, DEADLINE_MS))
    assert.deepEqual(connection.answers.answers, ['408'])
  })

  it('whose second head stops gets 408 behind the first answer', async () => {
    const connection = await open({ head: SHORT_MS })
    send(connection, `${head('GET /a HTTP/1.1')}GET /b`)
    assert.ok(await connection.until(hasEnded, DEADLINE_MS))
    assert.deepEqual(connection.answers.answers, ['200 GET /a', '408'])
  })

  it('has the whole time for each head', async () => {
    const connection = await open({ head: STEADY_MS })
    for (let count = 0; count < 4; count++) {
      send(connection, 'GET / HTTP/1.1\r\n')
      await sleep(STEADY_MS / 3)
      send(connection, 'Host: x\r\n\r\n')
    }
    await connection.until(({ answers }) => answers.answers.length === 4, DEADLINE_MS)
    assert.deepEqual(connection.answers.answers, Array(4).fill('200 GET /'))
  })

  for (const [kind, begin] of [
    ['body', `${head('POST / HTTP/1.1', 'Content-Length: 5')}he`],
    ['chunk', `${head('POST / HTTP/1.1', 'Transfer-Encoding: chunked')}5\r\nhe`],
    ['trailer', `${head('POST / HTTP/1.1', 'Transfer-Encoding: chunked')}0\r\nX-A:`],
  ] as const) {
    it(`whose ${kind} stops gets 408`, async () => {
      const connection = await open({ bodyIdle: SHORT_MS })
      send(connection, begin)
      assert.ok(await connection.until(hasEnded, DEADLINE_MS))
      assert.deepEqual(connection.answers.answers, ['408'])
    })
  }

  it('whose body comes steadily is answered, however long it takes', async () => {
    const connection = await open({ idle: STEADY_MS, head: STEADY_MS, bodyIdle: STEADY_MS })
    const body = 'a'.repeat((2 * STEADY_MS) / STEP_MS)
    send(connection, head('POST / HTTP/1.1', `Content-Length: ${body.length}`))
    for (const byte of body) {
      await sleep(STEP_MS)
      send(connection, byte)
    }
    await connection.until(isAnswered, DEADLINE_MS)
    assert.deepEqual(connection.answers.answers, [`200 POST / ${body}`])
  })

  it('that does not read its answer is closed', async () => {
    const connection = await open({ write: SHORT_MS })
    connection.pause()
    send(connection, head('GET /large HTTP/1.1'))
    await sleep(10 * SHORT_MS)
    connection.resume()
    assert.ok(await connection.until(hasEnded, DEADLINE_MS))
    assert.deepEqual(connection.answers.answers, [])
  })

  it('that reads its answer slowly gets all of it', async () => {
    const connection = await open({ idle: STEADY_MS, write: STEADY_MS })
    connection.pause()
    send(connection, head('GET /large HTTP/1.1'))
    const reading = setInterval(() => {
      connection.resume()
      setImmediate(() => connection.pause())
    }, STEP_MS / 10)
    await connection.until(({ hasEnded, size }) => hasEnded || size > LARGE_BYTES, DEADLINE_MS)
    clearInterval(reading)
    assert.deepEqual(connection.answers.answers, ['200 GET /large'])
  })
})
