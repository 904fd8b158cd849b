/** Makes topics over a proxy's v3 API, for a Kafka that can only be reached through it. */
import type { GivenTopic } from './case.ts'

/** Of one proxy. */
export class TopicsOverHttp {
  readonly #url: string
  #clusterId: Promise<string> | undefined

  constructor(url: string) {
    this.#url = url.replace(/\/$/, '')
  }

  /** Throws an error that says what to do instead where there is no v3 API. */
  async create(name: string, { partitions = 1, config = {} }: GivenTopic): Promise<void> {
    this.#clusterId ??= this.#findCluster()
    const topics = `${this.#url}/v3/clusters/${await this.#clusterId}/topics`
    const response = await fetch(topics, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        topic_name: name,
        partitions_count: partitions,
        configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      }),
    })
    if (!response.ok) throw new Error(`${topics} does not make ${name}: ${await response.text()}`)
  }

  async #findCluster(): Promise<string> {
    const response = await fetch(`${this.#url}/v3/clusters`)
    if (!response.ok) {
      throw new Error(
        `No topic can be made: ${this.#url}/v3/clusters answers ${response.status}. Say with ` +
          '--bootstrap where Kafka is.',
      )
    }
    const { data } = (await response.json()) as { data: { cluster_id: string }[] }
    return data[0]?.cluster_id ?? ''
  }
}
