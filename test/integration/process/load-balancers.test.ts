/**
 * The configurations of docs/load-balancers.md, in the balancers that they are for: two nodes are
 * restarted one after the other, under load, and no request fails.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Balancer,
  type BalancerName,
  documentedSettings,
  startBalancer,
} from '../../cluster/balancers.ts'
import { sharedKafka } from '../../cluster/shared-kafka.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { Witness } from '../../cluster/witness.ts'
import { RestClient } from '../rest-client.ts'
import { uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const PRODUCERS = 6
/** What health checks need to see that a node is back: `rise` times `inter`, and one more. */
const SEEN_AGAIN_MS = 3000

const kafka = await sharedKafka()
const witness = new Witness(kafka.bootstrapServers)
const settings = documentedSettings()
const nodes = await Promise.all([startNode(), startNode()])
after(async () => {
  await Promise.all(nodes.map(({ stop }) => stop()))
  await witness.close()
  await kafka.stop()
})

function startNode(listeners?: string): Promise<Sluice> {
  return startSluice(kafka.bootstrapServers, { ...settings, ...(listeners && { listeners }) })
}

async function restart(index: number): Promise<void> {
  const node = nodes[index] as Sluice
  assert.deepEqual(await node.stop('SIGTERM'), { code: 0, signal: null }, node.log())
  const again = await startNode(node.url)
  nodes[index] = again
  await until('it is ready', async () => (await fetch(`${again.url}/ready`)).status === 200)
  await sleep(SEEN_AGAIN_MS)
}

/** Clients that produce and ask through a balancer, until they are told to end. */
class Load {
  readonly topic = uniqueName('rolling')
  readonly acknowledged: string[] = []
  readonly failures: string[] = []
  readonly balancer: Balancer
  readonly #rest: RestClient
  #isOver = false
  #running: Promise<void>[] = []

  constructor(balancer: Balancer) {
    this.balancer = balancer
    this.#rest = new RestClient(balancer.url)
  }

  async start(): Promise<void> {
    await kafka.createTopic(this.topic)
    const loop = async (turn: (count: number) => Promise<void>) => {
      for (let count = 0; !this.#isOver; count++) await turn(count)
    }
    this.#running = [
      ...Array.from({ length: PRODUCERS }, (_, name) =>
        loop((count) => this.#produce(`${name}-${count}`)),
      ),
      loop(() => this.#ask()),
    ]
  }

  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#running)
    this.#rest.close()
    await this.balancer.stop()
  }

  async #produce(text: string): Promise<void> {
    const value = Buffer.from(text).toString('base64')
    const answer = await this.#rest
      .post(`/topics/${this.topic}`, { records: [{ value }] })
      .catch((error) => ({ status: 0, text: String(error), body: undefined }))
    if (answer.status === 200 && answer.body.offsets[0].error_code === null) {
      this.acknowledged.push(text)
    } else {
      this.failures.push(`${answer.status} ${answer.text}`)
    }
  }

  async #ask(): Promise<void> {
    const { status, text } = await this.#rest
      .get('/topics')
      .catch((error) => ({ status: 0, text: String(error) }))
    if (status !== 200) this.failures.push(`${status} ${text}`)
  }
}

test('a rolling restart behind the documented balancers fails no request', async (t) => {
  const urls = nodes.map(({ url }) => url) as [string, string]
  const names: BalancerName[] = ['nginx', 'haproxy']
  const loads = await Promise.all(
    names.map(async (name) => [name, new Load(await startBalancer(name, urls))] as const),
  )
  for (const [, load] of loads) await load.start()
  await sleep(1000)
  await restart(0)
  await restart(1)
  await sleep(1000)
  for (const [name, load] of loads) {
    await t.test(name, async () => {
      await load.end()
      assert.deepEqual(load.failures.slice(0, 5), [], `${load.failures.length} failed`)
      assert.ok(load.acknowledged.length > 100, `${load.acknowledged.length}`)
      const stored = (await witness.consumeAll(load.topic)).map(({ value }) => String(value))
      // Each once: none is lost, and no balancer sent one again that was written.
      assert.deepEqual(stored.sort(), load.acknowledged.sort())
    })
  }
})
