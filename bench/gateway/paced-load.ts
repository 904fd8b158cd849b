/**
 * Produce requests at a fixed rate. Times count from when a request was due, unless asked otherwise: a
 * server that stalls makes all those late that were due meanwhile.
 */
import { connect, type Socket } from 'node:net'

/** A load to be made. */
export interface PacedLoad {
  readonly port: number
  readonly topic: string
  readonly connections: number
  readonly requestsPerSecond: number
  readonly recordsPerRequest: number
  readonly seconds: number
  /** Header lines, one for each request in turn. None by default. */
  readonly headers?: readonly string[]
  /** By default the time of a request begins when it is due; with `sent`, when it is sent, as in librdkafka's benchmark. */
  readonly isTimedFrom?: 'due' | 'sent'
}

/** The time of each request, in milliseconds, in ascending order. */
export async function applyPacedLoad(load: PacedLoad): Promise<number[]> {
  const clients = new Clients(load)
  const start = performance.now()
  await new Promise<void>((resolve) => {
    let sent = 0
    const tick = () => {
      const elapsedMs = performance.now() - start
      const due = (Math.min(elapsedMs / 1000, load.seconds) * load.requestsPerSecond) | 0
      for (; sent < due; sent++) clients.send(start + (sent * 1000) / load.requestsPerSecond)
      // Once a millisecond: a loop that asks all the time would take a core from those it measures.
      if (elapsedMs > load.seconds * 1000) resolve()
      else setTimeout(tick, 1)
    }
    tick()
  })
  return clients.finish()
}

/** Connections that take requests in turns; requests that find none wait, and their clock runs. */
class Clients {
  readonly #requests: readonly Buffer[]
  #sent = 0
  readonly #isTimedFromSent: boolean
  readonly #all: Client[]
  readonly #idle: Client[]
  readonly #waiting: number[] = []
  readonly #times: number[] = []

  constructor(load: PacedLoad) {
    this.#requests = (load.headers ?? [undefined]).map((header) => requestFor(load, header))
    this.#isTimedFromSent = load.isTimedFrom === 'sent'
    this.#all = Array.from(
      { length: load.connections },
      () => new Client(load.port, (client) => this.#onAnswer(client)),
    )
    this.#idle = [...this.#all]
  }

  /** @param due in milliseconds of performance.now() */
  send(due: number): void {
    const begin = this.#isTimedFromSent ? performance.now() : due
    const client = this.#idle.pop()
    if (client) client.send(this.#next(), begin)
    else this.#waiting.push(begin)
  }

  finish(): number[] {
    for (const client of this.#all) client.close()
    return this.#times.sort((left, right) => left - right)
  }

  #next(): Buffer {
    return this.#requests[this.#sent++ % this.#requests.length] as Buffer
  }

  #onAnswer(client: Client): void {
    this.#times.push(performance.now() - client.due)
    const due = this.#waiting.shift()
    if (due === undefined) this.#idle.push(client)
    else client.send(this.#next(), due)
  }
}

/** The figure below which so many percent of ascending ones are. */
export function percentile(ascending: readonly number[], percent: number): number {
  return ascending[Math.floor((ascending.length - 1) * (percent / 100))] ?? Number.NaN
}

class Client {
  readonly #socket: Socket
  due = 0

  constructor(port: number, onAnswer: (client: Client) => void) {
    this.#socket = connect(port, '127.0.0.1').setNoDelay()
    this.#socket.on('data', (chunk) => {
      // The end of the response's body; bodies hold it once.
      if (chunk.includes('"value_schema_id":null}')) onAnswer(this)
    })
  }

  send(request: Buffer, due: number): void {
    this.due = due
    this.#socket.write(request)
  }

  close(): void {
    this.#socket.destroy()
  }
}

function requestFor({ topic, recordsPerRequest }: PacedLoad, header?: string): Buffer {
  const value = Buffer.alloc(100, 'x').toString('base64')
  const body = JSON.stringify({ records: Array(recordsPerRequest).fill({ value }) })
  return Buffer.from(
    `POST /topics/${topic} HTTP/1.1\r\nHost: localhost\r\n` +
      `Content-Type: application/vnd.kafka.binary.v2+json\r\n${header ? `${header}\r\n` : ''}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
