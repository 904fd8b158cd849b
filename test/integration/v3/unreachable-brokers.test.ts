/** No broker is there, or the only one goes away: every endpoint of the v3 API says so, in bounded time. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { V3_ROUTES } from '../../../src/api/v3/routes.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { startKafka } from '../../cluster/kafka.ts'
import { startProxy } from '../proxy.ts'
import { RestClient } from '../rest-client.ts'
import { setTheStage } from '../stage.ts'

/** Of each call to Kafka. */
const ADMIN_TIMEOUT_MS = 10_000
/** A handler makes several calls after each other, and a busy machine is slow. */
const LIMIT_MS = 45_000

const [port] = await freePorts(1)
const nowhere = {
  bootstrapServers: `127.0.0.1:${port}`,
  createTopic: async () => {},
  stop: async () => {},
}
const { rest } = await setTheStage({}, { kafka: nowhere })

/** Requests that read, or delete: they need no body. */
const ROUTES = V3_ROUTES.filter(({ method }) => method === 'GET' || method === 'DELETE')

const QUERY = 'resource_type=topic&pattern_type=any&operation=any&permission=any'

function pathOf(template: string, clusterId: string): string {
  const path = template
    .replace('{cluster_id}', clusterId)
    .replace('{config_type}', 'broker')
    .replace('{mechanism}', 'SCRAM-SHA-256')
    .replace(/\{(broker_id|partition_id)\}/g, '0')
    .replace(/\{\w+\}/g, 'x')
  return path.endsWith('/acls') ? `${path}?${QUERY}` : path
}

async function assertRetriable(client: RestClient, method: string, path: string): Promise<void> {
  const started = performance.now()
  const { status, body, text } = await client.send(method, path)
  assert.deepEqual([status, body.error_code], [500, 50003], text)
  const ms = performance.now() - started
  assert.ok(ms < LIMIT_MS, `${ms} ms`)
}

describe('without brokers', { concurrency: true }, () => {
  for (const { method, path: template } of ROUTES) {
    const path = pathOf(template, 'c')
    test(`${method} ${path} is 50003 after ${ADMIN_TIMEOUT_MS} ms`, () =>
      assertRetriable(rest, method, path))
  }
})

test('an endpoint whose broker goes away answers that a retry may succeed', async () => {
  const kafka = await startKafka()
  after(() => kafka.stop())
  const proxy = await startProxy(kafka.bootstrapServers)
  after(() => proxy.stop())
  const client = new RestClient(proxy.url)
  after(() => client.close())
  const { body } = await client.get('/v3/clusters')
  const id = body.data[0].cluster_id
  await kafka.stop()
  const reading = ROUTES.filter(({ method }) => method === 'GET')
  await Promise.all(reading.map(({ path }) => assertRetriable(client, 'GET', pathOf(path, id))))
})
