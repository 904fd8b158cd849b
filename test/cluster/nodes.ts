/** A cluster of Sluice processes on one Kafka. */
import { randomUUID } from 'node:crypto'
import { until } from '../integration/until.ts'
import type { Ending } from './child-server.ts'
import { freePorts } from './free-ports.ts'
import { type Sluice, startSluice } from './sluice.ts'

/** One process, which can be started again at the same addresses. */
export class Node {
  /** Where clients reach it. */
  readonly url: string
  /** Where the other processes reach it. */
  readonly peerUrl: string
  readonly #bootstrapServers: string
  readonly #config: Record<string, string>
  #sluice: Sluice | undefined

  constructor(
    bootstrapServers: string,
    url: string,
    peerUrl: string,
    config: Record<string, string>,
  ) {
    this.url = url
    this.peerUrl = peerUrl
    this.#bootstrapServers = bootstrapServers
    this.#config = config
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    this.#sluice = await startSluice(this.#bootstrapServers, {
      listeners: this.url,
      'advertised.listeners': this.url,
      'sluice.peer.listeners': this.peerUrl,
      ...this.#config,
    })
  }

  /** Resolves when it is ready: its instances are restored. */
  async ready(): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      const response = await fetch(`${this.url}/ready`).catch(() => undefined)
      await response?.body?.cancel()
      if (response?.status === 200) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error(`${this.url} is not ready:\n${this.log()}`)
  }

  /** The number of partitions that it owns, of the topic of descriptions. */
  async partitions(): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text()
    return Number(/^sluice_cluster_partitions (\d+)$/m.exec(text)?.[1])
  }

  /** Ends it, if it runs. Returns how it ended. */
  async stop(signal?: NodeJS.Signals): Promise<Ending | undefined> {
    return this.#sluice?.stop(signal)
  }

  /** Stops or continues its threads. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    const pid = this.#sluice?.pid
    if (pid !== undefined) process.kill(pid, signal)
  }

  log(): string {
    return this.#sluice?.log() ?? ''
  }
}

/** The secret of all clusters of the tests. */
export const SECRET = 'a secret of the tests'

/** The keys that the processes of a new cluster share. */
export function clusterKeys(): Record<string, string> {
  return {
    'sluice.cluster.id': `test-${randomUUID().slice(0, 8)}`,
    'sluice.peer.secret': SECRET,
    'sluice.peer.session.timeout.ms': '6000',
    // The members that a killed process leaves in the groups of its instances.
    'consumer.session.timeout.ms': '6000',
  }
}

/** Resolves when each process has its share of the partitions: later no instance moves by itself. */
export function shared(nodes: readonly Node[]): Promise<void> {
  return until('the processes have their shares of the partitions', () => areSettled(nodes))
}

async function areSettled(nodes: readonly Node[]): Promise<boolean> {
  const shares = await Promise.all(nodes.map((node) => node.partitions()))
  const least = Math.min(...shares)
  return least > 0 && Math.max(...shares) - least <= 1
}

/**
 * Starts processes of one cluster. Resolves when all are ready and have their shares of the partitions.
 *
 * @param ownKeys returns the keys of one process, from its number and the port of its peer listener
 */
export async function startNodes(
  bootstrapServers: string,
  count: number,
  config: Record<string, string> = clusterKeys(),
  ownKeys: (index: number, peerPort: number) => Promise<Record<string, string>> = async () => ({}),
): Promise<Node[]> {
  const ports = await freePorts(2 * count)
  const nodes = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const [port, peerPort] = ports.slice(2 * index) as [number, number]
      const own = await ownKeys(index, peerPort)
      const keys = { ...config, ...own }
      const peerScheme = 'sluice.peer.ssl.keystore.location' in keys ? 'https' : 'http'
      const url = `http://127.0.0.1:${port}`
      return new Node(bootstrapServers, url, `${peerScheme}://127.0.0.1:${peerPort}`, keys)
    }),
  )
  await Promise.all(nodes.map((node) => node.start()))
  await Promise.all(nodes.map((node) => node.ready()))
  await shared(nodes)
  return nodes
}
