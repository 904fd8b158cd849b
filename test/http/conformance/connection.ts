/** A connection of a test: what it sends arrives in the segments that the test wants. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext } from 'node:tls'
import { type Answers, readAnswers } from './answers.ts'

/** Where a connection goes. */
export interface Address {
  readonly port: number
  readonly isTls: boolean
}

/** What the server's certificate is worth is another test's matter. One context for all connections saves half their time. */
const TLS = { rejectUnauthorized: false, secureContext: createSecureContext() }

/** One connection. The test closes it. */
export class Connection {
  readonly #socket: Socket
  #received: Buffer[] = []
  #size = 0
  #hasEnded = false
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    const end = () => {
      this.#hasEnded = true
      this.#wake()
    }
    socket.on('data', (bytes: Buffer) => {
      this.#received.push(bytes)
      this.#size += bytes.length
      this.#wake()
    })
    // Reset or ended: either way nothing more comes.
    socket.on('error', () => {})
    socket.on('end', end)
    socket.on('close', end)
  }

  static async open({ port, isTls }: Address): Promise<Connection> {
    const options = { host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true }
    const socket = isTls ? connectTls({ ...options, ...TLS }) : connect(options)
    const connection = new Connection(socket)
    await once(socket, isTls ? 'secureConnect' : 'connect')
    return connection
  }

  /** Sends the bytes in a segment of their own. */
  send(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** Sends nothing more. */
  finish(): void {
    this.#socket.end()
  }

  /** What was received so far. */
  get answers(): Answers {
    const received = Buffer.concat(this.#received)
    this.#received = [received]
    return readAnswers(received, this.#hasEnded)
  }

  /** The complete answers so far, which are forgotten. */
  takeAnswers(): readonly string[] {
    const { answers, rest } = this.answers
    this.#received = [rest]
    return answers
  }

  /** The number of bytes that were received. */
  get size(): number {
    return this.#size
  }

  /** Whether the other side has ended the connection. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Resolves when the condition is met, or to false after the time. */
  async until(condition: (connection: Connection) => boolean, withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs
    while (!condition(this)) {
      const left = deadline - performance.now()
      if (left <= 0) return false
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return true
  }

  /** Reads nothing, so that the other side's bytes wait. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Lets the event loop turn often enough for a server in this process to read what was sent. */
export async function turns(count = 2): Promise<void> {
  for (let index = 0; index < count; index++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}
