/** Heads of requests: large, many, malformed, and full of what would harm a log or a terminal. */
import { RawConnection, type RawResponse } from '../../integration/raw-connection.ts'
import { JSON_V2, V2 } from '../../media-types.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'

const HEADER_LIMIT = 32_768

/** Sends raw bytes on a connection of their own; undefined when it is closed without an answer. */
async function sendRaw(target: Target, text: string): Promise<RawResponse | undefined> {
  const connection = await RawConnection.open(target.sluice.url)
  await connection.send(Buffer.from(text, 'latin1'))
  const response = await connection.response()
  connection.close()
  target.note(response?.status ?? 0)
  return response
}

function head(lines: readonly string[], first = 'GET /topics HTTP/1.1'): string {
  return `${[first, ...lines].join('\r\n')}\r\n\r\n`
}

const HOST = 'Host: a'

const HEADS: readonly string[] = [
  head([HOST], `GET /${'a'.repeat(30_000)} HTTP/1.1`),
  head([HOST], `GET /${'a'.repeat(2_000_000)} HTTP/1.1`),
  head([HOST], `GET ${'/a'.repeat(15_000)} HTTP/1.1`),
  head([HOST], `GET /topics/${'%41'.repeat(10_000)} HTTP/1.1`),
  head([HOST], `GET /topics/${'%'.repeat(30_000)} HTTP/1.1`),
  head([HOST], `GET /topics?${'a=b&'.repeat(8000)} HTTP/1.1`),
  head([HOST], `GET /consumers/a/instances/b/records?include=${'headers,'.repeat(4000)} HTTP/1.1`),
  head([HOST], `${'A'.repeat(30_000)} /topics HTTP/1.1`),
  head([HOST, ...Array.from({ length: 5000 }, (_, index) => `h${index}: x`)]),
  head([HOST, ...Array.from({ length: 90 }, (_, index) => `${'n'.repeat(300)}${index}: x`)]),
  head([HOST, `x: ${'y'.repeat(HEADER_LIMIT * 4)}`]),
  head([HOST, ...Array.from({ length: 90 }, () => 'Connection: close, keep-alive')]),
  head([HOST, `Connection: ${','.repeat(30_000)}`]),
  head([HOST, `Connection: ${' \t'.repeat(15_000)}x`]),
  head([HOST, `Expect: ${' ,'.repeat(15_000)}100-continue`]),
  head([HOST, `Accept: ${'a/b,'.repeat(8000)}`]),
  head([HOST, `Accept: ${'a/b;q=0.5;'.repeat(3000)}`]),
  head([HOST, `Accept: ${';'.repeat(30_000)}`]),
  head([HOST, `Accept: ${'"'.repeat(30_000)}`]),
  head([HOST, `Accept: a/b;x="${'\\"'.repeat(15_000)}`]),
  head([`Host: ${'a'.repeat(30_000)}`]),
  head([`Host: ${'%'.repeat(30_000)}`]),
  head([`Host: ${'[:'.repeat(15_000)}`]),
  head(['Host: a"><script>alert(1)</script>']),
  head(['Host: a\x1b[2Jb']),
  head([HOST, 'Host: b']),
  head([HOST, `X-Request-Id: ${'\x1b[31m'.repeat(1000)}`]),
  head([HOST, `Content-Type: ${'a/b;c=d;'.repeat(3000)}`], 'POST /topics/a HTTP/1.1'),
  head([HOST, `Content-Type: ${' '.repeat(30_000)}`], 'POST /topics/a HTTP/1.1'),
  head([HOST, `Content-Length: ${'9'.repeat(30_000)}`], 'POST /topics/a HTTP/1.1'),
  head([HOST, 'Content-Length: -1'], 'POST /topics/a HTTP/1.1'),
  head([HOST, `Transfer-Encoding: ${'chunked,'.repeat(3000)}`], 'POST /topics/a HTTP/1.1'),
  `${'\r\n'.repeat(30_000)}${head([HOST])}`,
  '\0'.repeat(100_000),
  '\x16\x03\x01'.repeat(30_000),
]

const heads: Scenario = {
  name: 'heads',
  what: 'Paths, queries and headers of up to 2 MB, thousands of them, and malformed ones',
  async attack(target) {
    for (const text of HEADS) {
      const response = await sendRaw(target, text)
      // 501 and 505: methods and versions that the server does not know.
      if (!response || (response.status >= 500 && ![501, 505].includes(response.status))) {
        target.problems.add(`${text.slice(0, 60)}: ${response?.status ?? 'no response'}`)
      }
    }
  },
}

/** So many values that a cache without a limit would show in the memory. */
const varyingHeads: Scenario = {
  name: 'varying-heads',
  what: '20,000 requests, each with a different path, Accept and Content-Type of 1 kB',
  async attack(target, share) {
    const pad = 'x'.repeat(1000)
    const ask = async (start: number) => {
      for (let index = start; index < start + 625 * share; index++) {
        const unique = `${pad}${index}${Math.random()}`
        const { status } = await target.client.send({
          method: index % 2 === 0 ? 'GET' : 'POST',
          path: index % 3 === 0 ? `/topics/${unique.slice(-200)}` : `/${unique}`,
          headers: { accept: `${V2}, a/${unique}`, 'content-type': `a/${unique}`, 'x-y': unique },
          body: '',
        })
        target.note(status)
      }
    }
    await Promise.all(Array.from({ length: 16 }, (_, index) => ask(index * 625)))
  },
}

const PIPELINES: readonly (readonly [count: number, text: string])[] = [
  [20_000, head([HOST], 'GET /healthy HTTP/1.1')],
  [20_000, head([HOST], 'GET /a HTTP/1.1')],
  [1000, head([HOST], 'GET /openapi.json HTTP/1.1')],
  [1000, head([HOST], 'GET /metrics HTTP/1.1')],
  [5000, head([HOST], 'GET /topics HTTP/1.1')],
  [5000, head([HOST], 'GET /consumers/a/instances/b/records HTTP/1.1')],
  [
    5000,
    `${head([HOST, `Content-Type: ${JSON_V2}`, 'Content-Length: 2'], 'POST /topics/a HTTP/1.1')}{}`,
  ],
]

/** Sends all at once, and reads until nothing more comes. */
async function pipeline(target: Target, count: number, text: string): Promise<void> {
  const connection = await RawConnection.open(target.sluice.url)
  let received = 0
  connection.socket.removeAllListeners('data')
  connection.socket.on('data', ({ length }) => {
    received += length
  })
  await connection.send(text.repeat(count))
  for (let before = -1; before !== received && !connection.isClosed; ) {
    before = received
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  connection.close()
}

const pipelines: Scenario = {
  name: 'pipelines',
  what: 'Up to 20,000 requests in one piece on a connection, ten connections at once',
  async attack(target) {
    for (const [count, text] of PIPELINES) {
      await Promise.all(Array.from({ length: 10 }, () => pipeline(target, count, text)))
    }
  },
}

const NASTY = [
  'a\nb',
  'a\r\n{"level":60}\r\n',
  '\x1b[2J\x1b[31mred',
  '\u2028',
  '\0',
  '\x9b31m',
  '{{a}}',
]

const names: Scenario = {
  name: 'names',
  what: 'Names of topics, groups and instances, and ids, with line ends and escape sequences; the lines of the log stay whole',
  config: { 'sluice.log.format': 'pretty', 'sluice.log.level': 'debug' },
  async attack(target) {
    for (const name of NASTY) {
      const encoded = encodeURIComponent(name)
      const any = [200, 204, 400, 404, 409, 422]
      const body = JSON.stringify({ name, format: name })
      const record = JSON.stringify({ records: [{ value: 1 }] })
      const post = { method: 'POST', type: V2 }
      await target.expect(any, { method: 'GET', path: `/topics/${encoded}` })
      await target.expect(any, { ...post, path: `/topics/${encoded}`, type: JSON_V2, body: record })
      await target.expect(any, { ...post, path: `/consumers/${encoded}`, body })
      await target.expect(any, { ...post, path: `/consumers/g`, body: JSON.stringify({ name }) })
      const instance = `/consumers/g/instances/${encoded}`
      const topics = JSON.stringify({ topics: [name] })
      await target.expect(any, { ...post, path: `${instance}/subscription`, body: topics })
      await target.expect(any, { method: 'DELETE', path: instance })
    }
  },
}

export const HEAD_SCENARIOS: readonly Scenario[] = [heads, varyingHeads, pipelines, names]
