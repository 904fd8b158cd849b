/** A request that one process of a cluster forwards to another is one trace, with a span of each. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { clusterKeys, type Node, startNodes } from '../../cluster/nodes.ts'
import { sharedKafka } from '../../cluster/shared-kafka.ts'
import { RestClient } from '../rest-client.ts'
import { openCollector, type Span } from '../span-collector.ts'
import { uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

const kafka = await sharedKafka()
const collectors = [await openCollector(), await openCollector()] as const
const nodes = await startNodes(kafka.bootstrapServers, 2, clusterKeys(), async (index) => ({
  'sluice.tracing': 'otlp',
  'sluice.tracing.endpoint': collectors[index]?.url ?? '',
  'sluice.http.threads': `${1 + index}`,
}))
const clients = nodes.map(({ url }) => new RestClient(url))
after(async () => {
  for (const client of clients) client.close()
  await Promise.all(nodes.map((node: Node) => node.stop()))
  await kafka.stop()
})

/** The spans of the trace that a process has sent. */
function spansAt(index: 0 | 1): readonly Span[] {
  return collectors[index].spans.filter(({ traceId }) => traceId === TRACE)
}

test('the span of the owner is a child of the span at the process that the client has asked', async () => {
  const [first, second] = clients as [RestClient, RestClient]
  const group = uniqueName('group')
  const made = await first.post(
    `/consumers/${group}`,
    { format: 'binary' },
    { 'content-type': 'application/vnd.kafka.v2+json' },
  )
  // The process that gets the request owns an instance whose name it chooses.
  const path = `/consumers/${group}/instances/${made.body.instance_id}`
  const headers = { traceparent: `00-${TRACE}-${SPAN}-01` }
  assert.equal((await second.get(`${path}/subscription`, headers)).status, 200)
  await until('both have sent their spans', () => spansAt(0).length > 0 && spansAt(1).length > 0)
  const [owner, asked] = [spansAt(0), spansAt(1)]
  assert.deepEqual([owner.length, asked.length], [1, 1])
  assert.equal(asked[0]?.parentSpanId, SPAN)
  assert.equal(owner[0]?.parentSpanId, asked[0]?.spanId)
  assert.equal((await second.delete(path)).status, 204)
})
