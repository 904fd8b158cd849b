/** A consumer instance over HTTP, for the benchmarks. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

const V2 = { 'Content-Type': 'application/vnd.kafka.v2+json' }

/** One instance in a group of its own. */
export class RestConsumer {
  readonly #proxyUrl: string
  readonly #path: string

  private constructor(proxyUrl: string, path: string) {
    this.#proxyUrl = proxyUrl
    this.#path = path
  }

  /** Subscribed from the beginning; `options` are further members of the create request. */
  static async create(
    proxyUrl: string,
    topic: string,
    options: Readonly<Record<string, unknown>> = {},
  ): Promise<RestConsumer> {
    const group = `bench-${randomUUID()}`
    const body = { 'auto.offset.reset': 'earliest', ...options }
    const { instance_id: name } = await post(`${proxyUrl}/consumers/${group}`, body)
    const consumer = new RestConsumer(proxyUrl, `/consumers/${group}/instances/${name}`)
    await post(`${consumer.url}/subscription`, { topics: [topic] })
    return consumer
  }

  get url(): string {
    return this.urlAt(this.#proxyUrl)
  }

  get recordsUrl(): string {
    return `${this.url}/records`
  }

  /** Its URL at another proxy of the cluster. */
  urlAt(proxyUrl: string): string {
    return proxyUrl + this.#path
  }

  /** Waits until the group has given it partitions, and a moment more for the first fetch. */
  async untilFetched(): Promise<void> {
    for (;;) {
      const response = await fetch(`${this.url}/assignments`)
      const { partitions } = (await response.json()) as { partitions: unknown[] }
      if (partitions.length > 0) break
      await sleep(20)
    }
    await sleep(300)
  }

  /** Records that the whole proxy has put into responses. */
  async consumedRecords(): Promise<number> {
    const response = await fetch(`${this.#proxyUrl}/metrics`)
    const [, value] = /^sluice_consume_records_total (\d+)/m.exec(await response.text()) ?? []
    return Number(value)
  }

  /** Leaves the group. */
  async delete(): Promise<void> {
    await fetch(this.url, { method: 'DELETE' })
  }
}

async function post(url: string, body: unknown): Promise<{ instance_id?: string }> {
  const response = await fetch(url, { method: 'POST', headers: V2, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return response.status === 204 ? {} : ((await response.json()) as { instance_id: string })
}
