/** A client for the invariants: few calls, and an account of what was delivered. */

const KAFKA_JSON = 'application/vnd.kafka'

/** A record as a read returns it; values are numbers here. */
export interface ReadRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: number
}

/** One entry of a produce response. */
export interface Delivery {
  readonly partition: number | null
  readonly offset: number | null
  readonly error_code: number | null
}

/** A record's place, to compare by. */
export function placeOf({ partition, offset }: Delivery | ReadRecord): string {
  return `${partition}:${offset}`
}

/** Calls of the API at `url`. Each throws when the status is not the expected one. */
export class RestApi {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  /** Produces `values` as JSON; the deliveries, in order. */
  async produce(
    topic: string,
    records: readonly { key?: string; value: number }[],
  ): Promise<Delivery[]> {
    const { offsets } = await this.#call(`/topics/${topic}`, `${KAFKA_JSON}.json.v2+json`, {
      records,
    })
    return offsets
  }

  /** Makes an instance that reads `topic` from its beginning; the path of the instance. */
  async subscribe(
    topic: string,
    group: string,
    options: Record<string, unknown> = {},
  ): Promise<string> {
    const create = { format: 'json', 'auto.offset.reset': 'earliest', ...options }
    const { base_uri } = await this.#call(`/consumers/${group}`, `${KAFKA_JSON}.v2+json`, create)
    const instance = new URL(base_uri).pathname
    await this.#call(`${instance}/subscription`, `${KAFKA_JSON}.v2+json`, { topics: [topic] })
    return instance
  }

  /** One read, with `query` such as `timeout=500`. */
  async read(instance: string, query = ''): Promise<ReadRecord[]> {
    const response = await fetch(`${this.#url}${instance}/records?${query}`, {
      headers: { Accept: `${KAFKA_JSON}.json.v2+json` },
    })
    const text = await response.text()
    if (response.status !== 200) throw new Error(`read: ${response.status} ${text}`)
    return JSON.parse(text)
  }

  /** Starts a read and hangs up after `bytes` bytes of it, or at its end. */
  async readAndLeave(instance: string, bytes: number): Promise<void> {
    const controller = new AbortController()
    const response = await fetch(`${this.#url}${instance}/records`, {
      headers: { Accept: `${KAFKA_JSON}.json.v2+json` },
      signal: controller.signal,
    })
    let received = 0
    try {
      for await (const piece of response.body ?? []) {
        received += piece.length
        if (received >= bytes) controller.abort()
      }
    } catch {
      // That is what abort() does.
    }
  }

  /** Ends an instance. */
  async close(instance: string): Promise<void> {
    const response = await fetch(this.#url + instance, { method: 'DELETE' })
    if (response.status !== 204) throw new Error(`delete: ${response.status}`)
  }

  async #call(path: string, type: string, body: unknown) {
    const response = await fetch(this.#url + path, {
      method: 'POST',
      headers: { 'Content-Type': type },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
}

/** What all responses together contained; each response is checked when it is added. */
export class Account {
  readonly values = new Map<number, number>()

  /** Throws when a response has a place twice, or a partition's records out of order. */
  add(records: readonly ReadRecord[]): void {
    const last = new Map<number, number>()
    for (const { partition, offset, value } of records) {
      const before = last.get(partition) ?? -1
      if (offset <= before) {
        throw new Error(`One response has ${partition}:${offset} after ${partition}:${before}.`)
      }
      last.set(partition, offset)
      this.values.set(value, (this.values.get(value) ?? 0) + 1)
    }
  }

  /** Those of `0..count-1` that no response had. */
  missing(count: number): number[] {
    return Array.from({ length: count }, (_, value) => value).filter(
      (value) => !this.values.has(value),
    )
  }
}
