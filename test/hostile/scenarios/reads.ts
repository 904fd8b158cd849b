/** Readers that want much at once, stop reading, or leave; and peaks of both directions. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawConnection } from '../../integration/raw-connection.ts'
import { BINARY, V2 } from '../../media-types.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'

const RECORD_BYTES = 10_000
const BATCH = 500

/** Fills the topic with incompressible records. */
async function fill(target: Target, bytes: number): Promise<void> {
  const value = randomBytes(RECORD_BYTES).toString('base64')
  const body = JSON.stringify({ records: Array.from({ length: BATCH }, () => ({ value })) })
  const requests = Math.ceil(bytes / (BATCH * RECORD_BYTES))
  for (let count = 0; count < requests; count++) {
    const path = `/topics/${target.topic}`
    await target.expect([200], { method: 'POST', path, type: BINARY, body })
  }
}

/** Instances that are assigned to all of the topic, from its beginning. */
async function readers(target: Target, count: number): Promise<string[]> {
  const partitions = [0, 1, 2, 3].map((partition) => ({ topic: target.topic, partition }))
  const body = JSON.stringify({ partitions })
  const paths: string[] = []
  for (let index = 0; index < count; index++) {
    const path = await target.instance()
    await target.expect([204], { method: 'POST', path: `${path}/assignments`, body })
    paths.push(path)
  }
  return paths
}

async function endAll(target: Target, instances: readonly string[]): Promise<void> {
  await Promise.all(instances.map((each) => target.end(each)))
}

function recordsOf(
  instance: string,
  query = '',
): { method: string; path: string; headers: { accept: string } } {
  return {
    method: 'GET',
    path: `${instance}/records${query}`,
    headers: { accept: `${BINARY}, ${V2};q=0.5` },
  }
}

/** Opens a read on a connection of its own that is not read from. */
async function stalledRead(target: Target, instance: string): Promise<RawConnection> {
  const connection = await RawConnection.open(target.sluice.url)
  connection.pause()
  await connection.send(`GET ${instance}/records HTTP/1.1\r\nHost: a\r\nAccept: ${BINARY}\r\n\r\n`)
  return connection
}

const manyReads: Scenario = {
  name: 'many-reads',
  what: '300 simultaneous reads of up to 5 MB',
  prepare: (target) => fill(target, 20_000_000),
  async attack(target) {
    const instances = await readers(target, 30)
    await sleep(500)
    await Promise.all(
      instances.flatMap((instance) =>
        Array.from({ length: 10 }, () =>
          target.expect([200, 429], recordsOf(instance, '?max_bytes=5000000&timeout=2000')),
        ),
      ),
    )
    await endAll(target, instances)
  },
}

const stalledReaders: Scenario = {
  name: 'stalled-readers',
  what: '100 instances with 3 readers each that request 20 MB and receive nothing',
  prepare: (target) => fill(target, 20_000_000),
  async attack(target) {
    const instances = await readers(target, 100)
    const connections = await Promise.all(
      instances.flatMap((instance) => [1, 2, 3].map(() => stalledRead(target, instance))),
    )
    await sleep(3000)
    for (const connection of connections) connection.close()
    await endAll(target, instances)
  },
}

const leavingReaders: Scenario = {
  name: 'leaving-readers',
  what: '300 readers that request 20 MB and close their connections after a moment',
  prepare: (target) => fill(target, 20_000_000),
  async attack(target) {
    const instances = await readers(target, 10)
    await Promise.all(
      instances.map(async (instance) => {
        for (let count = 0; count < 30; count++) {
          const connection = await stalledRead(target, instance)
          if (count % 2 === 0) connection.resume()
          await sleep(Math.random() * 50)
          connection.close()
        }
      }),
    )
    await endAll(target, instances)
  },
}

const peaks: Scenario = {
  name: 'peaks',
  what: '24 simultaneous produce requests of 8 MB, and 24 reads of all their records',
  async attack(target) {
    const value = randomBytes(RECORD_BYTES).toString('base64')
    const records = Array.from({ length: 600 }, () => ({ value }))
    const body = JSON.stringify({ records })
    const path = `/topics/${target.topic}`
    await Promise.all(
      Array.from({ length: 24 }, () =>
        target.expect([200, 429], { method: 'POST', path, type: BINARY, body }),
      ),
    )
    const instances = await readers(target, 24)
    await Promise.all(
      instances.map((instance) =>
        target.expect([200, 429], recordsOf(instance, '?max_bytes=16000000&timeout=3000')),
      ),
    )
    await endAll(target, instances)
  },
}

const ECHOED = ['/metrics', '/openapi.json']

const slowOperators: Scenario = {
  name: 'slow-operators',
  what: '200 clients that request /metrics and /openapi.json 50 times and receive nothing',
  async attack(target) {
    const connections = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const connection = await RawConnection.open(target.sluice.url)
        connection.pause()
        const path = ECHOED[index % ECHOED.length]
        await connection.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(50))
        return connection
      }),
    )
    await sleep(3000)
    for (const connection of connections) connection.close()
  },
}

export const READ_SCENARIOS: readonly Scenario[] = [
  manyReads,
  stalledReaders,
  leavingReaders,
  peaks,
  slowOperators,
]
