/** A client that writes records in a request of chunks, and reads the chunks of the response meanwhile. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const DEADLINE_MS = 60_000

/** One stream. `close` it. */
export class StreamClient {
  readonly socket: Socket
  status = 0
  /** By lower-case name. */
  headers: Readonly<Record<string, string>> = {}
  /** Whether the response is complete. */
  isComplete = false
  /** Whether the server has closed the connection. */
  isClosed = false
  readonly #chunks: string[] = []
  #received: Buffer = Buffer.alloc(0)
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes])
      this.#parse()
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.isClosed = true
      this.#wake()
    })
  }

  /** Sends the head of a request. Further header lines end with CRLF. */
  static async open(url: string, path: string, lines = JSON_CHUNKS): Promise<StreamClient> {
    const { hostname, port } = new URL(url)
    const socket = connect({ port: Number(port), host: hostname })
    socket.setNoDelay(true)
    await once(socket, 'connect')
    const client = new StreamClient(socket)
    socket.write(`POST ${path} HTTP/1.1\r\nHost: ${hostname}\r\n${lines}\r\n`)
    return client
  }

  /** Sends the head of the next request on the connection of one whose response is complete. */
  openNext(path: string, lines = JSON_CHUNKS): void {
    this.isComplete = false
    this.status = 0
    this.socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`)
  }

  /** Sends a chunk. */
  send(text: string | Uint8Array): void {
    const bytes = Buffer.from(text)
    this.socket.write(`${bytes.length.toString(16)}\r\n`)
    this.socket.write(bytes)
    this.socket.write('\r\n')
  }

  /** Sends the last chunk. */
  end(): void {
    this.socket.write('0\r\n\r\n')
  }

  /** The next chunk of the response; undefined at its end. */
  async next(): Promise<string | undefined> {
    await this.#until(() => this.#chunks.length > 0 || this.isComplete || this.isClosed)
    return this.#chunks.shift()
  }

  /** The next answer, which is a chunk by itself, as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it
  async answer(): Promise<any> {
    const chunk = await this.next()
    if (chunk === undefined) throw new Error('The response has ended.')
    if (!chunk.endsWith('\r\n')) throw new Error(`No end of a line: ${chunk}`)
    return JSON.parse(chunk)
  }

  /** All further answers, to the end of the response. */
  // biome-ignore lint/suspicious/noExplicitAny: tests compare them
  async rest(): Promise<any[]> {
    const answers: unknown[] = []
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) {
      answers.push(JSON.parse(chunk))
    }
    return answers
  }

  async closed(): Promise<void> {
    await this.#until(() => this.isClosed)
  }

  close(): void {
    this.socket.destroy()
  }

  #parse(): void {
    if (this.status === 0) this.#parseHead()
    for (; this.status !== 0 && !this.isComplete; ) {
      const line = this.#received.indexOf('\r\n')
      if (line < 0) return
      const size = Number.parseInt(this.#received.toString('latin1', 0, line), 16)
      const end = line + 2 + size
      // A chunk counts with its last byte, the end of its line, as clients that read whole chunks have it.
      if (this.#received.length < end + 2) return
      if (size === 0) this.isComplete = true
      else this.#chunks.push(this.#received.toString('utf8', line + 2, end))
      this.#received = this.#received.subarray(end + 2)
    }
  }

  #parseHead(): void {
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return
    const [first = '', ...lines] = this.#received.toString('latin1', 0, end).split('\r\n')
    this.#received = this.#received.subarray(end + 4)
    const status = Number(first.split(' ')[1])
    if (status === 100) return
    this.status = status
    this.headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    if (this.headers['transfer-encoding'] !== 'chunked') this.isComplete = true
  }

  async #until(condition: () => boolean): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS
    while (!condition()) {
      await new Promise<void>((resolve, reject) => {
        const fail = () => reject(new Error(`Nothing more came within ${DEADLINE_MS} ms.`))
        const timer = setTimeout(fail, deadline - Date.now())
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
}

export const JSON_CHUNKS = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n'
