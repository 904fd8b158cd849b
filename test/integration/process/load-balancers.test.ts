/**
 * The balancers of `deploy/` in front of a node: HTTP/1.1, HTTP/2 and TLS, pipelines, and what they tell about clients. The
 * last tests show which of their defaults fail requests. Rolling restarts are a lane of the faults.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { Agent, request as requestTls } from 'node:https'
import { text } from 'node:stream/consumers'
import { after, describe, test } from 'node:test'
import {
  type Balancer,
  type BalancerName,
  documentedSettings,
  type Replacement,
  startBalancer,
} from '../../cluster/balancers.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { sharedKafka } from '../../cluster/shared-kafka.ts'
import { startSluice } from '../../cluster/sluice.ts'
import { JSON_V2 } from '../../media-types.ts'
import { ConsumerClient } from '../consumer-client.ts'
import { RawConnection } from '../raw-connection.ts'
import { RestClient } from '../rest-client.ts'
import { uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const NAMES: readonly BalancerName[] = ['nginx', 'haproxy']

const kafka = await sharedKafka()
const node = await startSluice(kafka.bootstrapServers, {
  ...documentedSettings(),
  'sluice.shutdown.delay.ms': '0',
  'sluice.log.requests': 'true',
})
const balancers = await Promise.all(NAMES.map((name) => startBalancer(name, [node.url])))
after(async () => {
  await Promise.all(balancers.map((balancer) => balancer.stop()))
  await node.stop()
  await kafka.stop()
})

interface Answer {
  readonly status: number
  readonly body: string
}

/** Creates an instance of a group over a connection of one kind. */
type Create = (balancer: Balancer, path: string) => Promise<Answer>

const overTls: Create = (balancer, path) =>
  new Promise((resolve, reject) => {
    const agent = new Agent({ ca: readFileSync(balancer.authority.cert) })
    const outgoing = requestTls(
      balancer.tlsUrl + path,
      { method: 'POST', agent, headers: { 'content-type': JSON_V2 } },
      async (incoming) => {
        const body = await text(incoming)
        agent.destroy()
        resolve({ status: incoming.statusCode ?? 0, body })
      },
    )
    outgoing.on('error', reject).end('{}')
  })

const overHttp2: Create = async (balancer, path) => {
  const session = connectHttp2(balancer.tlsUrl, { ca: readFileSync(balancer.authority.cert) })
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': JSON_V2,
    })
    stream.end('{}')
    let status = 0
    stream.on('response', (headers) => {
      status = Number(headers[':status'])
    })
    let body = ''
    for await (const piece of stream.setEncoding('utf8')) body += piece
    return { status, body }
  } finally {
    session.close()
  }
}

for (const balancer of balancers) {
  describe(balancer.name, { concurrency: false }, () => {
    test('carries produces and reads over kept connections', async (t) => {
      const topic = uniqueName('balanced')
      await kafka.createTopic(topic)
      const rest = new RestClient(balancer.url)
      t.after(() => rest.close())
      const values = Array.from({ length: 50 }, (_, index) => index)
      for (const value of values) {
        const answer = await rest.post(
          `/topics/${topic}`,
          { records: [{ value }] },
          {
            'content-type': 'application/vnd.kafka.json.v2+json',
          },
        )
        assert.equal(answer.status, 200, answer.text)
      }
      const consumer = await ConsumerClient.create(rest, { format: 'json' })
      await consumer.subscribe(topic)
      const records = await consumer.recordsUntil(values.length)
      assert.deepEqual(
        records.map(({ value }) => value),
        values,
      )
      assert.equal((await consumer.delete()).status, 204)
    })

    test('answers pipelined requests in their order', async () => {
      const connection = await RawConnection.open(balancer.url)
      const ids = Array.from({ length: 20 }, (_, index) => `${balancer.name}-${index}`)
      const requests = ids.map(
        (id) => `GET /healthy HTTP/1.1\r\nHost: h\r\nX-Request-Id: ${id}\r\n\r\n`,
      )
      await connection.send(requests.join(''))
      for (const id of ids) assert.equal((await connection.response())?.headers['x-request-id'], id)
      connection.close()
    })

    for (const [protocol, create] of [
      ['HTTP/1.1 with TLS', overTls],
      ['HTTP/2 with TLS', overHttp2],
    ] as const) {
      test(`base_uri has the scheme and the host of a client of ${protocol}`, async () => {
        const group = uniqueName('group')
        const { status, body } = await create(balancer, `/consumers/${group}`)
        assert.equal(status, 200, body)
        const { base_uri: baseUri } = JSON.parse(body)
        assert.ok(baseUri.startsWith(`${balancer.tlsUrl}/consumers/${group}/`), baseUri)
      })
    }

    test('names its client, whose own headers have no effect', async () => {
      const from = '127.0.0.9'
      const id = uniqueName('id')
      const group = uniqueName('group')
      const forged = [
        'X-Forwarded-For: 198.51.100.9',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: forged.example',
        'Forwarded: for=198.51.100.9;proto=https;host=forged.example',
      ].join('\r\n')
      const connection = await RawConnection.open(balancer.url, from)
      await connection.send(
        `POST /consumers/${group} HTTP/1.1\r\nHost: api.example\r\nX-Request-Id: ${id}\r\n${forged}\r\n` +
          `Content-Type: ${JSON_V2}\r\nContent-Length: 2\r\n\r\n{}`,
      )
      const answer = await connection.response()
      connection.close()
      const { base_uri: baseUri } = JSON.parse(answer?.body ?? '{}')
      assert.ok(String(baseUri).startsWith(`http://api.example/consumers/`), answer?.body)
      const line = new RegExp(`^.*"requestId":"${id}","client":"${from}".*$`, 'm')
      await until('the log names the client', () => line.test(node.log()))
    })
  })
}

/** A node that only answers. Its port stays its own while it is down. */
class AnsweringNode {
  readonly url: string
  #server: Server | undefined

  constructor(port: number) {
    this.url = `http://127.0.0.1:${port}`
  }

  async start(): Promise<void> {
    const server = createServer((_request, response) => response.end('here'))
    this.#server = server
    await new Promise<void>((resolve) =>
      server.listen(Number(new URL(this.url).port), '127.0.0.1', resolve),
    )
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    server?.closeAllConnections()
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))
  }
}

/** The statuses of requests while one of two nodes is down, and then the other. */
async function statusesOfTwoOutages(
  name: BalancerName,
  changes: readonly Replacement[],
): Promise<number[]> {
  const nodes = (await freePorts(2)).map((port) => new AnsweringNode(port))
  const [first, second] = nodes as [AnsweringNode, AnsweringNode]
  await Promise.all(nodes.map((each) => each.start()))
  const balancer = await startBalancer(name, [first.url, second.url], changes)
  const statuses: number[] = []
  const ask = async () => {
    const asked = Array.from({ length: 12 }, async () => {
      const answer = await fetch(`${balancer.url}/topics/t`, { method: 'POST', body: '{}' })
      await answer.arrayBuffer()
      return answer.status
    })
    statuses.push(...(await Promise.all(asked)))
  }
  await first.stop()
  await ask()
  await first.start()
  await second.stop()
  await ask()
  await balancer.stop()
  await first.stop()
  return statuses
}

describe('a node that refuses connections', { concurrency: true }, () => {
  const isWell = (status: number) => status === 200

  /** No health check happens meanwhile: the requests meet the node that is down. */
  const rareChecks = [['inter 1s', 'inter 60s']] as const

  for (const [name, setting, others, changes] of [
    ['nginx', 'max_fails=0', [], [[' max_fails=0', '']]],
    ['haproxy', 'option redispatch 1', rareChecks, [['    option redispatch 1\n', '']]],
  ] as const) {
    test(`fails no request behind ${name}`, async () => {
      assert.ok((await statusesOfTwoOutages(name, others)).every(isWell))
    })

    test(`fails requests behind ${name} without ${setting}`, async () => {
      assert.ok(!(await statusesOfTwoOutages(name, [...others, ...changes])).every(isWell))
    })
  }
})
