/** A TCP connection that speaks HTTP byte by byte, for what a well-behaved client cannot send. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkText } from '../cluster/secrets.ts'

/** A response as it came. */
export interface RawResponse {
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** Without the framing of chunks. */
  readonly body: string
}

const DEADLINE_MS = 40_000

/** One connection. It is closed with `close`, or by the other side. */
export class RawConnection {
  readonly socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #isEnded = false
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes])
      this.#wake()
    })
    // Reset or ended: either way nothing more comes.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#isEnded = true
      this.#wake()
    })
    socket.on('end', () => {
      this.#isEnded = true
      this.#wake()
    })
  }

  /** `from` is the client's address, if it matters. */
  static async open(url: string, from?: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url)
    const socket = connect({
      port: Number(port),
      host: hostname,
      ...(from && { localAddress: from }),
    })
    socket.setNoDelay(true)
    await once(socket, 'connect')
    return new RawConnection(socket)
  }

  /** Sends each piece in a segment of its own, as good as one can. */
  async send(...pieces: (string | Uint8Array)[]): Promise<void> {
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) await sleep(20)
      this.socket.write(piece)
    }
  }

  /** The next response; undefined when the other side closes without a whole one. */
  async response(isHead = false): Promise<RawResponse | undefined> {
    const deadline = Date.now() + DEADLINE_MS
    for (;;) {
      const found = parseResponse(this.#received, this.#isEnded, isHead)
      if (found) {
        this.#received = this.#received.subarray(found.size)
        checkText('a response', JSON.stringify(found.response))
        return found.response
      }
      if (this.#isEnded) return undefined
      await this.#untilMore(deadline)
    }
  }

  /** Resolves to what was received and not asked for, once the other side has closed. */
  async closed(): Promise<Buffer> {
    const deadline = Date.now() + DEADLINE_MS
    while (!this.#isEnded) await this.#untilMore(deadline)
    return this.#received
  }

  /** Whether the other side has closed. */
  get isClosed(): boolean {
    return this.#isEnded
  }

  /** Stops reading, so that the other side's writes back up. */
  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  close(): void {
    this.socket.destroy()
  }

  #untilMore(deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`Nothing more came within ${DEADLINE_MS} ms.`))
      const timer = setTimeout(fail, deadline - Date.now())
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** Opens a connection, sends the pieces, and resolves to the one response. */
export async function rawExchange(
  url: string,
  ...pieces: (string | Uint8Array)[]
): Promise<RawResponse | undefined> {
  const connection = await RawConnection.open(url)
  await connection.send(...pieces)
  const response = await connection.response(String(pieces[0]).startsWith('HEAD '))
  connection.close()
  return response
}

interface Parsed {
  readonly response: RawResponse
  readonly size: number
}

function parseResponse(bytes: Buffer, isEnded: boolean, isHead: boolean): Parsed | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  const status = Number(statusLine.split(' ')[1])
  const body = bodyOf(bytes.subarray(headEnd + 4), status, headers, isEnded, isHead)
  if (!body) return undefined
  return { response: { status, headers, body: body.text }, size: headEnd + 4 + body.size }
}

interface ParsedBody {
  readonly text: string
  readonly size: number
}

function bodyOf(
  bytes: Buffer,
  status: number,
  headers: Readonly<Record<string, string>>,
  isEnded: boolean,
  isHead: boolean,
): ParsedBody | undefined {
  if (isHead || status === 204 || status < 200) return { text: '', size: 0 }
  if (headers['transfer-encoding'] === 'chunked') return chunkedBodyOf(bytes)
  const length = headers['content-length']
  if (length === undefined) {
    return isEnded ? { text: bytes.toString(), size: bytes.length } : undefined
  }
  const size = Number(length)
  return bytes.length < size ? undefined : { text: bytes.toString('utf8', 0, size), size }
}

function chunkedBodyOf(bytes: Buffer): ParsedBody | undefined {
  const pieces: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const end = lineEnd + 2 + size + 2
    if (bytes.length < end) return undefined
    if (size === 0) return { text: Buffer.concat(pieces).toString(), size: end }
    pieces.push(bytes.subarray(lineEnd + 2, end - 2))
    at = end
  }
}
