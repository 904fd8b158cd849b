/** The proxies of a run, the balancers in front of them, and the clients' way to them. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Balancer,
  type BalancerName,
  type Replacement,
  startBalancer,
} from '../cluster/balancers.ts'
import { type Sluice, startSluice } from '../cluster/sluice.ts'
import { until } from '../integration/until.ts'
import { RestApi } from './rest-api.ts'

/** What health checks need to see that a node is back: `rise` times `inter`, and one more. */
const SEEN_AGAIN_MS = 3000

/** Nodes, which clients call directly, or through balancers if there are any. */
export class Fleet {
  /** Undefined where a node is down. */
  readonly nodes: (Sluice | undefined)[] = []
  readonly #bootstrapServers: string
  readonly #config: Record<string, string>
  readonly #balancers: Balancer[] = []
  /** Of each node, or of each balancer. */
  readonly #current: RestApi[] = []
  readonly #all: RestApi[] = []

  /** Settings of single nodes. */
  readonly #ownConfigs: readonly Record<string, string>[]

  constructor(
    bootstrapServers: string,
    config: Record<string, string>,
    ownConfigs: readonly Record<string, string>[] = [],
  ) {
    this.#bootstrapServers = bootstrapServers
    this.#config = config
    this.#ownConfigs = ownConfigs
  }

  /** Starts the nodes, and the balancers with changes of their files. */
  async start(
    count: number,
    balancers: Partial<Record<BalancerName, readonly Replacement[]>>,
  ): Promise<void> {
    for (let index = 0; index < count; index++) await this.startNode(index)
    const urls = this.nodes.map((node) => node?.url ?? '')
    for (const url of urls) await untilReady(url)
    for (const [name, changes] of Object.entries(balancers)) {
      const balancer = await startBalancer(name as BalancerName, urls, changes)
      this.#balancers.push(balancer)
      this.#setApi(this.#balancers.length - 1, balancer.url)
    }
  }

  /** Starts a node at a free port. */
  async startNode(index: number): Promise<void> {
    this.nodes[index] = await startSluice(this.#bootstrapServers, this.#configOf(index))
    this.#setApi(index, this.nodes[index].url)
  }

  /** Kills a node. */
  async killNode(index: number): Promise<void> {
    await this.#take(index).stop('SIGKILL')
  }

  /** Ends a node with SIGTERM. Throws when it does not end well. */
  async endNode(index: number): Promise<void> {
    const ending = await this.#take(index).stop('SIGTERM')
    if (ending?.code !== 0) {
      throw new Error(`A stopped Sluice ended with ${JSON.stringify(ending)}.`)
    }
  }

  /** Ends a node, and starts it at its address. Resolves when the balancers have seen that it is ready. */
  async restartNode(index: number): Promise<void> {
    const listeners = this.nodes[index]?.url ?? ''
    await this.endNode(index)
    this.nodes[index] = await startSluice(this.#bootstrapServers, {
      ...this.#configOf(index),
      listeners,
    })
    await untilReady(listeners)
    await sleep(SEEN_AGAIN_MS)
  }

  /** What a client calls now: its balancer, its node, or the first node that is there. */
  apiFor(client: number): RestApi {
    if (this.#balancers.length > 0) return this.#current[client % this.#balancers.length] as RestApi
    const index = client % this.nodes.length
    const lives = this.nodes[index] ? index : this.nodes.findIndex((node) => node !== undefined)
    return this.#current[lives] as RestApi
  }

  get hangs(): number {
    return this.#all.reduce((sum, { hangs }) => sum + hangs, 0)
  }

  get longestCallMs(): number {
    return Math.round(Math.max(...this.#all.map(({ longestMs }) => longestMs)))
  }

  async stop(): Promise<void> {
    for (const api of this.#all) api.close()
    await Promise.all(this.#balancers.map((balancer) => balancer.stop()))
    await Promise.all(this.nodes.map((node) => node?.stop('SIGTERM')))
  }

  #configOf(index: number): Record<string, string> {
    return { ...this.#config, ...this.#ownConfigs[index] }
  }

  #setApi(index: number, url: string): void {
    const api = new RestApi(url)
    this.#current[index] = api
    this.#all.push(api)
  }

  #take(index: number): Sluice {
    const node = this.nodes[index]
    if (!node) throw new Error(`Node ${index} does not run.`)
    this.nodes[index] = undefined
    return node
  }
}

function untilReady(url: string): Promise<void> {
  return until(`${url} is ready`, async () => (await fetch(`${url}/ready`)).status === 200)
}
