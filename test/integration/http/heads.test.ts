/**
 * Heads of requests: paths, sizes, and what no well-behaved client sends. Where uWebSockets.js
 * answers by itself (505, 431, some 400) the body is its own, and the connection is closed.
 */
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
    '/v3/clusters',
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
    test(`a segment that ends the request line at ${JSON.stringify(end)} is 505, and nothing is done`, async () => {
      const topic = await newTopic()
      const request = `${head(topic, `Content-Length: ${RECORD.length}`)}${RECORD}`
      const at = request.indexOf(end.replace('x', topic)) + end.replace('x', topic).length
      const connection = await RawConnection.open(url)
      await connection.send(request.slice(0, at), request.slice(at))
      assert.equal((await connection.response())?.status, 505)
      assert.equal((await connection.closed()).length, 0, 'there is one response')
      assert.equal(await written(topic), 0)
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
  })

  test('98 headers are fine', async () => {
    const response = await rawExchange(url, withHeaders(98))
    assert.equal(response?.status, 200)
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
    ['headers announced for after the body', [chunked, 'Trailer: X-Sum'], CHUNKED],
  ]
  for (const [what, headers, body] of refused) {
    test(`is not told by ${what}: 400, nothing is written, the connection ends`, async () => {
      const topic = await newTopic()
      const connection = await RawConnection.open(url)
      await connection.send(head(topic, ...headers), body)
      assert.equal((await connection.response())?.status, 400)
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

  test('is not told by headers after it: nothing is written', async () => {
    const topic = await newTopic()
    const trailed = CHUNKED.replace(/\r\n\r\n$/, '\r\nX-Sum: 1\r\n\r\n')
    const connection = await RawConnection.open(url)
    await connection.send(head(topic, chunked) + trailed)
    assert.equal((await connection.response())?.status, 505)
    await connection.closed()
    // A later record would be behind it.
    assert.equal((await rest.post(`/topics/${topic}`, RECORD)).body.offsets[0].offset, 0)
  })
})

describe('what is not HTTP/1.1', () => {
  const rows: [what: string, text: string][] = [
    ['HTTP/1.0', 'GET / HTTP/1.0\r\nHost: x\r\n\r\n'],
    ['HTTP/2', 'GET / HTTP/2.0\r\nHost: x\r\n\r\n'],
    ['a whole URL as the path', 'GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a line feed alone', 'GET / HTTP/1.1\nHost: x\n\n'],
  ]
  for (const [what, text] of rows) {
    test(`${what} is 505`, async () => {
      const connection = await RawConnection.open(url)
      await connection.send(text)
      assert.equal((await connection.response())?.status, 505)
      await connection.closed()
    })
  }

  // What deviations.md says of it: nothing that was done is done again, or reported as failed.
  test('an empty line before a request is 505; the request before it was answered', async () => {
    const topic = await newTopic()
    const request = `${head(topic, `Content-Length: ${RECORD.length}`)}${RECORD}`
    const connection = await RawConnection.open(url)
    await connection.send(request)
    assert.equal((await connection.response())?.status, 200)
    await connection.send(`\r\n${request}`)
    assert.equal((await connection.response())?.status, 505)
    await connection.closed()
    assert.equal(await written(topic), 1)
  })

  test('an empty line right behind a body costs no answer', async () => {
    const topic = await newTopic()
    const connection = await RawConnection.open(url)
    await connection.send(`${head(topic, `Content-Length: ${RECORD.length}`)}${RECORD}`, '\r\n')
    assert.equal((await connection.response())?.status, 200)
    connection.close()
    assert.equal(await written(topic), 1)
  })
})

describe('what cannot be understood is closed without an answer', { concurrency: true }, () => {
  const rows: [what: string, text: string][] = [
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a header over two lines', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n'],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n'],
    ['a space before a colon', `${head('x', 'Transfer-Encoding : chunked')}${CHUNKED}`],
    // What balancers have to know: see docs/load-balancers.md.
    ['more than 98 headers', withHeaders(99)],
    ['half a head', 'GET / HTTP/1.1\r\nHost: x\r\nX-'],
    ['nothing', ''],
  ]
  for (const [what, text] of rows) {
    test(what, async () => {
      const connection = await RawConnection.open(url)
      if (text !== '') await connection.send(text)
      assert.equal((await connection.closed()).length, 0)
    })
  }
})
