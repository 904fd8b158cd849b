/** Reads a backlog through a proxy, and counts the records in the responses. */
import { randomUUID } from 'node:crypto'
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { BINARY, V2 } from '../../test/media-types.ts'

/** A group of some proxies takes that long until its member has partitions. */
const FIRST_RECORDS_MS = 60_000
/** Each record has this member once. Keys and values are in base64, which has no quotation mark. */
const MEMBER = Buffer.from('"offset":')

/** One consumer instance in a group of its own, which reads from the beginning. */
export class Backlog {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  private constructor(url: string) {
    this.#url = url
  }

  /** Resolves when the first records have come. Throws an error when none come within a minute. */
  static async open(proxyUrl: string, topic: string): Promise<Backlog> {
    const name = `rival-${randomUUID()}`
    const settings = { name, format: 'binary', 'auto.offset.reset': 'earliest' }
    const created = await post(`${proxyUrl}/consumers/${name}`, settings)
    const backlog = new Backlog(created['base_uri'] as string)
    await post(`${backlog.#url}/subscription`, { topics: [topic] })
    const end = performance.now() + FIRST_RECORDS_MS
    while ((await backlog.read()) === 0) {
      if (performance.now() > end) throw new Error(`No records of ${topic} within a minute.`)
      await sleep(100)
    }
    return backlog
  }

  /** Reads once. Resolves to the number of records. */
  read(): Promise<number> {
    return new Promise((resolve, reject) => {
      const request = get(
        `${this.#url}/records`,
        { agent: this.#agent, headers: { accept: BINARY } },
        (response) => {
          if (response.statusCode !== 200) {
            response.resume()
            reject(new Error(`A read was answered with ${response.statusCode}.`))
            return
          }
          const counter = new RecordCounter()
          response.on('data', (chunk: Buffer) => counter.add(chunk))
          response.on('end', () => resolve(counter.records))
          response.on('error', reject)
        },
      )
      request.on('error', reject)
    })
  }

  /** Leaves the group. */
  async close(): Promise<void> {
    await fetch(this.#url, { method: 'DELETE', headers: { accept: V2 } })
    this.#agent.destroy()
  }
}

/** Counts the records in a response that comes in pieces. Parsing it would take longer than its rendering. */
export class RecordCounter {
  records = 0
  #rest = Buffer.alloc(0)

  add(piece: Buffer): void {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    let after = 0
    for (let at = bytes.indexOf(MEMBER); at >= 0; at = bytes.indexOf(MEMBER, after)) {
      this.records++
      after = at + MEMBER.length
    }
    // The beginning of the next member may be there.
    const kept = Math.max(after, bytes.length - MEMBER.length + 1)
    this.#rest = Buffer.from(bytes.subarray(kept))
  }
}

async function post(url: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': V2, accept: V2 },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${text}`)
  return text === '' ? {} : JSON.parse(text)
}
