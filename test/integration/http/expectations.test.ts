/**
 * Clients that wait for 100 (Continue) with their body, and other values of headers that may be
 * written in any case, or in a list.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { RawConnection } from '../raw-connection.ts'
import { setTheStage } from '../stage.ts'

const { url, witness, newTopic } = await setTheStage()

const RECORD = '{"records":[{"value":null}]}'

/** The head of a request to produce. */
function head(topic: string, ...headers: string[]): string {
  const length = `Content-Length: ${RECORD.length}`
  return [`POST /topics/${topic} HTTP/1.1`, 'Host: x', length, ...headers, '', ''].join('\r\n')
}

async function written(topic: string): Promise<number> {
  return (await witness.watermarks(topic))[0]?.high ?? 0
}

describe('a client that waits for 100', { concurrency: true }, () => {
  for (const value of ['100-continue', '100-Continue', '100-CONTINUE']) {
    test(`with Expect: ${value} gets it before its body was sent`, async () => {
      const topic = await newTopic()
      const connection = await RawConnection.open(url)
      await connection.send(head(topic, `Expect: ${value}`))
      assert.equal((await connection.response())?.status, 100)
      await connection.send(RECORD)
      const final = await connection.response()
      assert.equal(final?.status, 200)
      assert.equal(JSON.parse(final?.body ?? '').offsets[0].offset, 0)
      assert.equal(final?.headers['content-type'], 'application/vnd.kafka.v2+json')
      // And the connection goes on.
      await connection.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
      assert.equal((await connection.response())?.body, '{}')
      connection.close()
      assert.equal(await written(topic), 1)
    })
  }

  test('and sends its body at once gets both responses', async () => {
    const topic = await newTopic()
    const connection = await RawConnection.open(url)
    await connection.send(head(topic, 'Expect: 100-Continue') + RECORD)
    assert.equal((await connection.response())?.status, 100)
    assert.equal((await connection.response())?.status, 200)
    connection.close()
  })

  test('gets the error instead when its head is refused', async () => {
    const topic = await newTopic()
    const connection = await RawConnection.open(url)
    await connection.send(head(topic, 'Expect: 100-Continue', 'Content-Type: text/plain'))
    assert.equal((await connection.response())?.status, 415)
    connection.close()
  })

  test('gets an error after it, a large answer, and an answer of a closing connection', async () => {
    const topic = await newTopic()
    const many = `{"records":[${Array(3000).fill('{}').join()}]}`
    const rows: [body: string, status: number, headers: string[]][] = [
      ['{', 400, []],
      [many, 200, []],
      [RECORD, 200, ['Connection: TE, Close']],
    ]
    for (const [body, status, headers] of rows) {
      const connection = await RawConnection.open(url)
      const request = head(topic, 'Expect: 100-Continue', ...headers)
      await connection.send(request.replace(/(Length: )\d+/, `$1${body.length}`))
      assert.equal((await connection.response())?.status, 100)
      await connection.send(body)
      const answer = await connection.response()
      assert.equal(answer?.status, status)
      JSON.parse(answer?.body ?? '')
      connection.close()
    }
  })

  test("is also each of Java's clients", async () => {
    const topic = await newTopic()
    const file = join(import.meta.dirname, '../java/ExpectContinue.java')
    const { stdout } = await promisify(execFile)('java', [file, `${url}/topics/${topic}`])
    assert.equal(stdout.trim(), '200 200')
    assert.equal(await written(topic), 2)
  })
})

test('another expectation is 417', async () => {
  for (const value of ['other', 'other, 100-Continue', '']) {
    const connection = await RawConnection.open(url)
    await connection.send(head('unwritten', `Expect: ${value}`))
    assert.equal((await connection.response())?.status, 417)
    await connection.closed()
  }
})

describe('Connection', { concurrency: true }, () => {
  for (const value of ['close', 'Close', 'CLOSE', 'TE, close', 'close, TE', 'keep-alive,Close']) {
    test(`${value} ends the connection after the response`, async () => {
      const connection = await RawConnection.open(url)
      await connection.send(`GET / HTTP/1.1\r\nHost: x\r\nConnection: ${value}\r\n\r\n`)
      assert.equal((await connection.response())?.status, 200)
      await connection.closed()
    })
  }

  for (const value of ['keep-alive', 'Keep-Alive', 'TE', 'closed', 'x-close']) {
    test(`${value} keeps it`, async () => {
      const connection = await RawConnection.open(url)
      for (let turn = 0; turn < 2; turn++) {
        await connection.send(`GET / HTTP/1.1\r\nHost: x\r\nConnection: ${value}\r\n\r\n`)
        assert.equal((await connection.response())?.status, 200)
      }
      assert.equal(connection.isClosed, false)
      connection.close()
    })
  }
})

describe('Host', { concurrency: true }, () => {
  const create = (...hosts: string[]) => {
    const lines = hosts.map((host) => `Host: ${host}\r\n`).join('')
    return `POST /consumers/hosts HTTP/1.1\r\n${lines}Content-Length: 0\r\n\r\n`
  }
  for (const host of [
    'proxy',
    'proxy.example:8082',
    '10.0.0.1:1',
    '[::1]:8082',
    'a_b-c.~x',
    'x:',
    'p%C3%BC',
  ]) {
    test(`${host} is what base_uri begins with`, async () => {
      const connection = await RawConnection.open(url)
      await connection.send(create(host))
      const answer = await connection.response()
      assert.equal(answer?.status, 200, answer?.body)
      assert.ok(JSON.parse(answer?.body ?? '').base_uri.startsWith(`http://${host}/consumers/`))
      connection.close()
    })
  }

  for (const host of [
    'evil.example/path?x=',
    'user@evil.example',
    'a b',
    'a"><script>',
    'x:port',
    '[::1',
    'http://x',
    'a,b/c',
    'x#y',
    '%zz',
    'xüy',
  ]) {
    test(`${host} is 400`, async () => {
      const connection = await RawConnection.open(url)
      await connection.send(create(host))
      const answer = await connection.response()
      assert.equal(answer?.status, 400)
      assert.equal(JSON.parse(answer?.body ?? '').message, 'Malformed Host header.')
      await connection.closed()
    })
  }

  test('more than once is 400', async () => {
    const connection = await RawConnection.open(url)
    await connection.send(create('a', 'b'))
    assert.equal((await connection.response())?.status, 400)
    await connection.closed()
  })
})
