/**
 * The REST calls of the fault lanes. Each has a deadline of its own, far above what the API allows
 * itself: a call that reaches it hangs, and that is a finding.
 */
import { once } from 'node:events'
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KnownRecord } from './ledger.ts'

const V2 = 'application/vnd.kafka.v2+json'
const JSON_V2 = 'application/vnd.kafka.json.v2+json'

/** Longer than delivery.timeout.ms (30 s), the longest that any call may take. */
const HANG_MS = 60_000

/** One entry of a produce response. */
export interface Delivery {
  readonly partition: number | null
  readonly offset: number | null
  readonly error_code: number | null
  readonly error?: string
}

/** An answer that is not a success. */
export class Refusal extends Error {
  readonly status: number
  readonly code: number

  constructor(call: string, status: number, body: string) {
    super(`${call}: ${status} ${body.slice(0, 300)}`)
    this.status = status
    this.code = errorCodeIn(body)
  }
}

/** A call that got no answer: the connection failed, or the answer did not come in time. */
export class NoAnswer extends Error {
  constructor(call: string, cause: unknown) {
    super(`${call}: ${cause}`, { cause })
  }
}

/** Calls of one Sluice. Each throws a Refusal or a NoAnswer when it does not succeed. */
export class RestApi {
  readonly url: string
  /** The longest call so far. */
  longestMs = 0
  hangs = 0
  /** Below the 8 s after which an idle connection may be closed by the other side. */
  readonly #agent = new Agent({ keepAlive: true, timeout: 4000 })

  constructor(url: string) {
    this.url = url
  }

  /** Produces records; their deliveries, in order. */
  async produce(
    topic: string,
    records: readonly { key: string; value: unknown }[],
  ): Promise<readonly Delivery[]> {
    const { offsets } = (await this.#call('POST', `/topics/${topic}`, { records }, JSON_V2)) as {
      offsets: Delivery[]
    }
    return offsets
  }

  /** Creates a `json` instance that commits only when it is told to. Returns its path. */
  async createInstance(group: string, members: Record<string, unknown> = {}): Promise<string> {
    const { base_uri } = (await this.#call('POST', `/consumers/${group}`, {
      format: 'json',
      'auto.offset.reset': 'earliest',
      'auto.commit.enable': 'false',
      ...members,
    })) as { base_uri: string }
    return new URL(base_uri).pathname
  }

  /** Subscribes an instance to one topic. */
  async subscribe(instance: string, topic: string): Promise<void> {
    await this.#call('POST', `${instance}/subscription`, { topics: [topic] })
  }

  /** One read, to the end of its response. */
  async read(instance: string, query: string): Promise<readonly KnownRecord[]> {
    const path = `${instance}/records?${query}`
    return (await this.#call('GET', path, undefined, JSON_V2)) as KnownRecord[]
  }

  /** Begins a read without limits and hangs up after `bytes` bytes of its response. */
  async readAndLeave(instance: string, bytes: number): Promise<void> {
    const outgoing = this.#begin('GET', `${instance}/records`, { accept: JSON_V2 })
    outgoing.end()
    const incoming = await responseTo(outgoing)
    let received = 0
    try {
      for await (const piece of incoming) {
        received += piece.length
        if (received >= bytes) break
      }
    } finally {
      outgoing.destroy()
    }
  }

  /** Commits what the instance has delivered, or with `offsets` these. */
  async commit(
    instance: string,
    offsets?: readonly { topic: string; partition: number; offset: number }[],
  ): Promise<void> {
    await this.#call('POST', `${instance}/offsets`, offsets && { offsets })
  }

  /** The committed offset of every partition of `topic` that has one. */
  async committed(
    instance: string,
    topic: string,
    partitions: number,
  ): Promise<readonly { partition: number; offset: number }[]> {
    const asked = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
    const { offsets } = (await this.#call('GET', `${instance}/offsets`, {
      partitions: asked,
    })) as { offsets: { partition: number; offset: number }[] }
    return offsets
  }

  /** Closes the connections. */
  close(): void {
    this.#agent.destroy()
  }

  /** Ends an instance. */
  async deleteInstance(instance: string): Promise<void> {
    await this.#call('DELETE', instance)
  }

  async #call(method: string, path: string, body?: unknown, type = V2): Promise<unknown> {
    const name = `${method} ${path}`
    const text = body === undefined ? '' : JSON.stringify(body)
    const length = text === '' ? {} : { 'content-length': Buffer.byteLength(text) }
    const outgoing = this.#begin(method, path, {
      'content-type': type,
      accept: acceptFor(type),
      ...length,
    })
    const started = performance.now()
    const answer = await withinDeadline(outgoing, text).catch((error) => {
      outgoing.destroy()
      if (error === HANG) this.hangs++
      throw new NoAnswer(name, error)
    })
    this.longestMs = Math.max(this.longestMs, performance.now() - started)
    if (answer.status >= 300) throw new Refusal(name, answer.status, answer.body)
    return answer.body === '' ? undefined : JSON.parse(answer.body)
  }

  #begin(method: string, path: string, headers: Record<string, string | number>): ClientRequest {
    const outgoing = request(this.url + path, { method, headers, agent: this.#agent })
    // The error reaches whoever waits for the response; without a listener it would end the process.
    outgoing.on('error', () => {})
    return outgoing
  }
}

interface Answer {
  readonly status: number
  readonly body: string
}

const HANG = new Error(`no answer in ${HANG_MS} ms`)

async function withinDeadline(outgoing: ClientRequest, body: string): Promise<Answer> {
  const over = new AbortController()
  const hang = sleep(HANG_MS, undefined, { signal: over.signal }).then(() => Promise.reject(HANG))
  try {
    outgoing.end(body)
    return await Promise.race([answerTo(outgoing), hang])
  } finally {
    over.abort()
  }
}

async function responseTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  const [incoming] = await once(outgoing, 'response')
  return incoming
}

async function answerTo(outgoing: ClientRequest): Promise<Answer> {
  const incoming = await responseTo(outgoing)
  const pieces: Buffer[] = []
  for await (const piece of incoming) pieces.push(piece)
  return { status: incoming.statusCode ?? 0, body: Buffer.concat(pieces).toString() }
}

/** Produce answers have the type of the API, whatever the records' type. */
function acceptFor(type: string): string {
  return type === JSON_V2 ? `${JSON_V2}, ${V2};q=0.9` : V2
}

function errorCodeIn(body: string): number {
  try {
    return JSON.parse(body).error_code ?? 0
  } catch {
    return 0
  }
}
