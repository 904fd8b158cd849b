/** Calls to brokers that librdkafka does not have, from several event loops: one thread of the process makes them. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sharedKafka } from '../../cluster/shared-kafka.ts'
import { startSluice } from '../../cluster/sluice.ts'
import { readMetrics } from '../metrics-text.ts'
import { RestClient } from '../rest-client.ts'

const LOOPS = 2
/** The probability that an event loop gets none of them is below one in a million. They are fewer than one caller may make. */
const CONNECTIONS = 24

const kafka = await sharedKafka()
after(() => kafka.stop())

test('each event loop gets its answers, and the process stops with calls under way', async () => {
  const sluice = await startSluice(kafka.bootstrapServers, { 'sluice.http.threads': String(LOOPS) })
  after(() => sluice.stop())
  const clients = Array.from({ length: CONNECTIONS }, () => new RestClient(sluice.url))
  after(() => {
    for (const client of clients) client.close()
  })
  const [first] = clients as [RestClient]
  const [{ cluster_id }] = (await first.get('/v3/clusters')).body.data
  const cluster = `/v3/clusters/${cluster_id}`
  const paths = [
    `${cluster}/broker-configs`,
    `${cluster}/brokers/1/log-dirs`,
    `${cluster}/topics/-/partitions/-/reassignment`,
  ]
  for (const path of paths) {
    const answers = await Promise.all(clients.map((client) => client.get(path)))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200], path)
    assert.equal(new Set(answers.map(({ body }) => body.kind)).size, 1)
  }
  const metrics = await readMetrics(first)
  for (let loop = 0; loop < LOOPS; loop++) {
    assert.ok((metrics.get(`sluice_http_connections{loop="${loop}"}`) ?? 0) > 0, `loop ${loop}`)
  }
  const late = Promise.allSettled(clients.map((client) => client.get(paths[1] as string)))
  assert.equal((await sluice.stop('SIGTERM'))?.code, 0)
  await late
  assert.doesNotMatch(sluice.log(), /"level":"(error|fatal)"/)
})
