/** Heads of requests: paths, sizes, framing, and what no well-behaved client sends. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RawConnection, rawExchange } from '../raw-connection.ts'
import { setTheStage, uniqueName } from '../stage.ts'

const { url, rest, witness, newTopic, kafka } = await setTheStage()

const RECORD = '{"records":[{"value":null}]}'
const CHUNKED = `${RECORD.length.toString(16)}\r\n${RECORD}\r\n0\r\n\r\n`

/** The head of a request to produce. */
function head(topic: string, ...headers: string[]): string {
  return [`POST /topics/${topic} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n')
}

async function written(topic: string): Promise<number> {
  return (await witness.watermarks(topic))[0]?.high ?? 0
}

/** A request with so many headers. */
function withHeaders(count: number): string {
  const headers = Array.from({ length: count - 1 }, (_, index) => `X-${index}: ${index}\r\n`)
  return `GET / HTTP/1.1\r\nHost: x\r\n${headers.join('')}\r\n`
}

describe('paths', () => {
  test('are decoded once, segment by segment', async () => {
    const topic = uniqueName('a.b_c')
    await kafka.createTopic(topic)
    const escaped = topic.replace('.', '%2E').replace('_', '%5f')
    assert.equal((await rest.get(`/topics/${escaped}`)).body.name, topic)
    const { body } = await rest.post('/topics/a%2Fb%20c%25', RECORD)
    assert.equal(body.offsets[0].error, 'Invalid topics: [a/b c%]')
  })

  for (const path of [
    '/topics//x',
    '//topics',
    '/topics/%zz',
    '/topics/%ff',
    '/topics/%',
    '/topics/a%00b',
  ]) {
    test(`${path} is no path`, async () => {
      const { status, body, headers } = await rest.get(path)
      assert.deepEqual([status, body.error_code], [400, 400])
      assert.equal(headers['content-type'], 'application/json')
    })
  }

  for (const path of [
    '/nothing',
    '/topics/x/y',
    '/topics/x/partitions/0/x',
    '/TOPICS',
    '/v1/clusters',
    '/brokers/1',
  ]) {
    test(`${path} is unknown`, async () => {
      const { status, text } = await rest.get(path)
      assert.deepEqual([status, text], [404, '{"error_code":404,"message":"HTTP 404 Not Found"}'])
    })
  }

  test('may end in one slash', async () => {
    assert.equal((await rest.get('/brokers/')).status, 200)
    assert.equal((await rest.get('/brokers//')).status, 400)
  })

  test('may be followed by a query that nobody asks for', async () => {
    assert.equal((await rest.get('/brokers?pretty&x=%zz')).status, 200)
  })
})

describe('sizes', () => {
  test('twenty kilobytes of headers in many segments are fine', async () => {
    const token = 'a'.repeat(5000)
    const response = await rawExchange(
      url,
      'GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ',
      ...[token, token, token, token],
      '\r\n\r\n',
    )
    assert.deepEqual([response?.status, response?.body], [200, '{}'])
  })

  test('headers may come a byte at a time', async () => {
    const response = await rawExchange(url, 'GET / HTTP/1.1\r\n', ...'Host: x\r\n\r\n')
    assert.equal(response?.status, 200)
  })

  for (const end of ['POST ', 'POST /top', 'POST /topics/x', ' HT', ' HTTP/1.1', '\r']) {
    test(`a segment may end the request line at ${JSON.stringify(end)}`, async () => {
      const topic = await newTopic()
      const request = `${head(topic, `Content-Length: ${RECORD.length}`)}${RECORD}`
      const at = request.indexOf(end.replace('x', topic)) + end.replace('x', topic).length
      const response = await rawExchange(url, request.slice(0, at), request.slice(at))
      assert.equal(response?.status, 200)
      assert.equal(await written(topic), 1)
    })
  }

  test('a path of ten thousand characters is fine', async () => {
    const { status, body } = await rest.post(`/topics/${'x'.repeat(10_000)}`, RECORD)
    assert.deepEqual([status, body.offsets[0].error_code], [200, 50002])
  })

  test('more than max.request.header.size is 431', async () => {
    const response = await rawExchange(
      url,
      `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'a'.repeat(20_000)}`,
      `${'a'.repeat(20_000)}\r\n\r\n`,
    )
    assert.equal(response?.status, 431)
    assert.match(response?.body ?? '', /max.request.header.size is 32768 bytes/)
  })

  test('a hundred headers are fine, and one more is 431', async () => {
    assert.equal((await rawExchange(url, withHeaders(100)))?.status, 200)
    const response = await rawExchange(url, withHeaders(101))
    assert.equal(response?.status, 431)
    assert.match(response?.body ?? '', /at most 100 header fields/)
  })
})

describe('where a body ends', () => {
  const length = `Content-Length: ${RECORD.length}`
  const longer = `Content-Length: ${RECORD.length + 5}`
  const chunked = 'Transfer-Encoding: chunked'
  const refused: [what: string, headers: string[], body: string][] = [
    ['two lengths that differ', [length, longer], RECORD],
    ['two lengths that are the same', [length, length], RECORD],
    ['two lengths in one', [`${length}, ${RECORD.length}`], RECORD],
    ['no length before another one', ['Content-Length: 0', length], RECORD],
    ['a length that is empty', ['Content-Length:'], RECORD],
    ['an empty length before another one', ['Content-Length:', length], RECORD],
    ['an encoding that is empty', ['Transfer-Encoding:'], CHUNKED],
    ['an empty encoding before chunks', ['Transfer-Encoding:', chunked], CHUNKED],
    ['an empty encoding and a length', ['Transfer-Encoding:', length], RECORD],
    ['a length and chunks', [length, chunked], CHUNKED],
    ['chunks and a length', [chunked, length], CHUNKED],
    ['chunks twice', [chunked, chunked], CHUNKED],
    ['another encoding, then chunks', ['Transfer-Encoding: identity', chunked], CHUNKED],
    ['gzip in chunks', ['Transfer-Encoding: gzip, chunked'], CHUNKED],
    ['an unknown encoding', ['Transfer-Encoding: chunk'], CHUNKED],
    ['a negative length', ['Content-Length: -5'], RECORD],
    ['a length with a sign', [`Content-Length: +${RECORD.length}`], RECORD],
    ['a length in hexadecimals', ['Content-Length: 0x1c'], RECORD],
    ['a length without end', ['Content-Length: 99999999999999999999999'], RECORD],
    ['a chunk without a size', [chunked], `zz\r\n${RECORD}\r\n0\r\n\r\n`],
  ]
  for (const [what, headers, body] of refused) {
    test(`is not told by ${what}: it is refused, nothing is written, the connection ends`, async () => {
      const topic = await newTopic()
      const connection = await RawConnection.open(url)
      await connection.send(head(topic, ...headers), body)
      const response = await connection.response()
      assert.equal(response?.status, what === 'gzip in chunks' ? 501 : 400)
      assert.equal(JSON.parse(response?.body ?? '').error_code, response?.status)
      assert.equal((await connection.closed()).length, 0, 'there is one response')
      assert.equal(await written(topic), 0)
    })
  }

  let follower: Promise<string> | undefined
  let later = 0
  for (const path of ['/', '/nothing']) {
    for (const [what, headers] of refused) {
      test(`is not told by ${what}, and what follows it on ${path} is no request`, async () => {
        follower ??= newTopic()
        const topic = await follower
        const first = [`POST ${path} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n')
        const connection = await RawConnection.open(url)
        await connection.send(`${first}${head(topic, length)}${RECORD}`)
        await connection.closed()
        // A later record would be behind it.
        const { body } = await rest.post(`/topics/${topic}`, RECORD)
        assert.equal(body.offsets[0].offset, later++)
      })
    }
  }

  const taken: [what: string, headers: string[], body: string][] = [
    ['a length', [length], RECORD],
    ['chunks', [chunked], CHUNKED],
    ['chunks in capitals', ['Transfer-Encoding: CHUNKED'], CHUNKED],
  ]
  for (const [what, headers, body] of taken) {
    test(`is told by ${what}`, async () => {
      const topic = await newTopic()
      const response = await rawExchange(url, head(topic, ...headers), body)
      assert.equal(response?.status, 200)
      assert.equal(await written(topic), 1)
    })
  }

  test('may be followed by trailers, which are dropped', async () => {
    const topic = await newTopic()
    const trailed = CHUNKED.replace(/\r\n\r\n$/, '\r\nX-Sum: 1\r\n\r\n')
    const connection = await RawConnection.open(url)
    await connection.send(`${head(topic, chunked, 'Trailer: X-Sum')}${trailed}`)
    assert.equal((await connection.response())?.status, 200)
    await connection.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.equal((await connection.response())?.body, '{}')
    connection.close()
    assert.equal(await written(topic), 1)
  })

  test('may be found between chunks with extensions', async () => {
    const topic = await newTopic()
    const extended = CHUNKED.replace('\r\n', ';name="a;b";other\r\n')
    assert.equal((await rawExchange(url, head(topic, chunked), extended))?.status, 200)
    assert.equal(await written(topic), 1)
  })
})

describe('other forms of requests', () => {
  const rows: [what: string, text: string, status: number][] = [
    ['HTTP/1.0', 'GET / HTTP/1.0\r\nHost: x\r\n\r\n', 200],
    ['HTTP/1.0 without a Host', 'GET / HTTP/1.0\r\n\r\n', 200],
    ['HTTP/2', 'GET / HTTP/2.0\r\nHost: x\r\n\r\n', 505],
    ['a whole URL as the target', 'GET http://x/brokers?a HTTP/1.1\r\nHost: y\r\n\r\n', 200],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', 200],
    ['an empty line before the request', `\r\n${'GET / HTTP/1.1\r\nHost: x\r\n\r\n'}`, 200],
    ['no HTTP at all', 'hello\r\n\r\n', 501],
    ['a line feed alone', 'GET / HTTP/1.1\nHost: x\n\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['a header over two lines', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n', 400],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n', 400],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n', 400],
    ['a space before a colon', `${head('x', 'Transfer-Encoding : chunked')}${CHUNKED}`, 400],
    ['an unknown method', 'FETCH / HTTP/1.1\r\nHost: x\r\n\r\n', 501],
  ]
  for (const [what, text, status] of rows) {
    test(`${what} is ${status}`, async () => {
      const connection = await RawConnection.open(url)
      await connection.send(text)
      const response = await connection.response()
      assert.equal(response?.status, status, response?.body)
      assert.notEqual(response?.headers['x-request-id'], undefined)
      if (status === 200) {
        connection.close()
        return
      }
      const { error_code, message } = JSON.parse(response?.body ?? '')
      assert.deepEqual([error_code, message === ''], [status, false])
      assert.equal(response?.headers['connection'], 'close')
      assert.equal((await connection.closed()).length, 0, 'there is one response')
    })
  }

  test('an odd name of a header is one', async () => {
    const odd = "X_a.!#$%&'*+^`|~-: b"
    const response = await rawExchange(url, `GET / HTTP/1.1\r\nHost: x\r\n${odd}\r\n\r\n`)
    assert.equal(response?.status, 200)
  })
})
