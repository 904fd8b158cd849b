/** Clients by the thousand: connections, consumer instances, and texts that answers might repeat. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawConnection } from '../../integration/raw-connection.ts'
import { JSON_V2 } from '../../media-types.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'

/** Opens connections, some of which bring the beginning of a request. */
async function open(target: Target, count: number): Promise<RawConnection[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const connection = await RawConnection.open(target.sluice.url)
      if (index % 3 === 0) connection.socket.write('GET /healthy HT')
      if (index % 3 === 1) connection.socket.write('POST /topics/a HTTP/1.1\r\nHost: a\r\n')
      return connection
    }),
  )
}

const idleConnections: Scenario = {
  name: 'idle-connections',
  what: '3000 open connections that send nothing, or half of a head',
  async attack(target) {
    const connections: RawConnection[] = []
    for (let count = 0; count < 6; count++) connections.push(...(await open(target, 500)))
    await sleep(2000)
    for (const connection of connections) connection.close()
  },
}

const shortConnections: Scenario = {
  name: 'short-connections',
  what: '5000 connections that are reset as soon as they are open, half of them with a request',
  async attack(target, share) {
    const head = `POST /topics/${target.topic} HTTP/1.1\r\nHost: a\r\nContent-Type: ${JSON_V2}\r\n`
    const requests = [
      `${head}Content-Length: 9000000\r\n\r\n{"records`,
      'GET /topics HTTP/1.1\r\nHost: a\r\n\r\n',
    ]
    const connect = async (times: number) => {
      for (let count = 0; count < times; count++) {
        const connection = await RawConnection.open(target.sluice.url)
        const request = requests[count % 4]
        if (request) await connection.send(request)
        connection.socket.resetAndDestroy()
      }
    }
    await Promise.all(Array.from({ length: 50 }, () => connect(100 * share)))
  },
}

const instances: Scenario = {
  name: 'instances',
  what: '500 consumer instances that are created and deleted, and 500 requests for instances above the limit',
  config: { 'sluice.consumer.instances.max': '20' },
  async attack(target, share) {
    const liveOften = async (times: number) => {
      for (let count = 0; count < times; count++) {
        const path = await target.instance()
        await target.expect([204], { method: 'DELETE', path })
      }
    }
    await Promise.all(Array.from({ length: 10 }, () => liveOften(50 * share)))
    const group = `/consumers/${randomUUID()}`
    const made: string[] = []
    await Promise.all(
      Array.from({ length: 500 }, async (_, index) => {
        const body = JSON.stringify({ name: `i${index}` })
        const answer = await target.expect([200, 429], { method: 'POST', path: group, body })
        if (answer.status === 200) made.push(`${group}/instances/i${index}`)
      }),
    )
    await Promise.all(made.map((path) => target.end(path)))
  },
}

const LONG = 'x'.repeat(500_000)
/** For bodies of at most 64 KiB. */
const SHORTER = LONG.slice(0, 60_000)
/** Messages have at most 8192 characters, which JSON may make six bytes each. */
const MAX_ERROR_BYTES = 60_000

const echoes: Scenario = {
  name: 'echoes',
  what: 'Texts of 60 kB and 500 kB in places that error messages quote; no response has more than 60 kB',
  async attack(target) {
    const instance = await target.instance()
    const post = (path: string, body: unknown, type?: string) => ({
      method: 'POST',
      path,
      body: JSON.stringify(body),
      ...(type && { type }),
    })
    const group = `/consumers/${randomUUID()}`
    const shots = [
      ...['name', 'id', 'format', 'auto.offset.reset', 'auto.commit.enable', 'isolation.level'].map(
        (member) => post(group, { [member]: SHORTER }),
      ),
      post(group, { [SHORTER]: 1 }),
      post(group, { 'fetch.min.bytes': SHORTER }),
      post(group, SHORTER),
      post(`${instance}/subscription`, { topics: [LONG] }),
      post(`${instance}/subscription`, { topic_pattern: `(${LONG}` }),
      post(`${instance}/offsets`, { offsets: [{ topic: LONG, partition: 0, offset: 0 }] }),
      post(`${instance}/offsets`, { offsets: [{ topic: 'a', partition: LONG, offset: 0 }] }),
      post(`${instance}/assignments`, { partitions: [{ topic: LONG, partition: 0 }] }),
      post(`${instance}/positions`, { offsets: [{ [LONG]: 0 }] }),
      post(`/topics/${target.topic}`, { [LONG]: 1 }, JSON_V2),
      post(`/topics/${target.topic}`, { records: [{ [LONG]: 1 }] }, JSON_V2),
      post(`/topics/${target.topic}`, { records: [{ partition: LONG }] }, JSON_V2),
      post(`/topics/${target.topic}`, { records: LONG }, JSON_V2),
      post(`/topics/${target.topic}`, { value_schema: LONG, records: [{ value: 1 }] }, JSON_V2),
    ]
    for (const shot of shots) {
      const { bytes } = await target.expect([200, 204, 400, 404, 422], shot)
      if (bytes > MAX_ERROR_BYTES) {
        target.problems.add(
          `${shot.path}: an answer of ${bytes} bytes to ${shot.body.slice(0, 60)}`,
        )
      }
    }
    await target.end(instance)
  },
}

export const CLIENT_SCENARIOS: readonly Scenario[] = [
  idleConnections,
  shortConnections,
  instances,
  echoes,
]
