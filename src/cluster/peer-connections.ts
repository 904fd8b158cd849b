/**
 * Kept connections to other processes of the cluster. Node's own client makes two new buffers for each 64 KiB of a response,
 * and half of the CPU time of a forwarded read was garbage collection and copying; a connection here reads into one buffer.
 *
 *  1. A connection serves one request at a time.
 *  2. It reads only while all pieces that it has passed on are taken: nothing overwrites a piece.
 *  3. It is used again when the last piece is taken, and ended when anything is wrong.
 *  4. With TLS there is no buffer of its own: Node.js passes all records of TLS that it has decrypted to `onread`, also while
 *     reading is paused, and they would overwrite the piece before. Its pieces are new buffers of up to 16 KiB.
 */
import { connect, isIP, type Socket } from 'node:net'
import { createSecureContext, type SecureContext, connect as secureConnect } from 'node:tls'
import type { TlsOptions } from '../http/server.ts'
import { type BodyReader, bodyReaderOf, HeadReader, type ResponseHead } from './response-reader.ts'

/** A request for another process. */
export interface PeerRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** Names and values, in ASCII. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** The receiver of a body. The memory of a piece is the connection's again when `taken` was called. */
export interface BodyReceiver {
  send(piece: Uint8Array, taken: () => void): void
  /** The last piece, which may be empty. */
  finish(piece: Uint8Array, taken: () => void): void
}

/** A response whose head has arrived. One of the methods must be called. */
export interface PeerResponse extends ResponseHead {
  /** Passes the body on, at the pace of its receiver. `onCut` is called when the connection ends before the body. */
  receive(receiver: BodyReceiver, onCut: () => void): void
  /** Ends the connection. */
  destroy(): void
}

/** A connection ended before the head of a response. */
export class NoResponseError extends Error {
  override readonly name = 'NoResponseError'
  /** Whether the other process may have begun the request. */
  readonly wasSent: boolean

  constructor(message: string, wasSent: boolean) {
    super(message)
    this.wasSent = wasSent
  }
}

const CONNECT_TIMEOUT_MS = 3_000
/** Enough for a response without records. */
const SMALL_BYTES = 4_096
/** As large as the pieces of the owner. */
const LARGE_BYTES = 262_144
/** The number of large buffers that are kept for further responses. */
const MAX_SPARE_BUFFERS = 4

/** The connections to all other processes. */
export class PeerConnections {
  readonly #idle = new Map<string, Set<PeerConnection>>()
  readonly #open = new Set<PeerConnection>()
  readonly #spare: Buffer[] = []
  /** Undefined without TLS. */
  #secure: SecureContext | undefined

  /**
   * New connections have this TLS, or none if it is undefined. Those in use end with their response. Throws for options that
   * OpenSSL refuses.
   */
  replaceTls(tls: TlsOptions | undefined): void {
    this.#secure = tls && secureContextOf(tls)
    for (const idle of this.#idle.values()) for (const each of idle) each.destroy()
    // They report their end later.
    this.#idle.clear()
  }

  /**
   * Sends a request, and resolves with the head of its response. `signal` ends the request at any time. Rejects without a
   * connection if the scheme of the URL is not that of this process.
   */
  async request(url: string, request: PeerRequest, signal: AbortSignal): Promise<PeerResponse> {
    const scheme = this.#secure ? 'https' : 'http'
    if (!url.startsWith(`${scheme}://`)) {
      throw new NoResponseError(`sluice.peer.listeners of this process are ${scheme}`, false)
    }
    const idle = this.#idleOf(url)
    // The last one that was used: the others are closed by their servers when they are not needed.
    const connection = [...idle].at(-1) ?? new PeerConnection(url, this, this.#secure)
    this.#open.add(connection)
    idle.delete(connection)
    return connection.request(request, signal)
  }

  /** Ends all connections, and those in use with their requests. */
  close(): void {
    for (const each of this.#open) each.destroy()
  }

  /** A connection has no request any more. */
  onIdle(connection: PeerConnection): void {
    if (connection.secure !== this.#secure) connection.destroy()
    else this.#idleOf(connection.url).add(connection)
  }

  /** A connection has ended. */
  onEnd(connection: PeerConnection): void {
    this.#open.delete(connection)
    const idle = this.#idleOf(connection.url)
    idle.delete(connection)
    if (idle.size === 0) this.#idle.delete(connection.url)
  }

  takeBuffer(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES)
  }

  returnBuffer(buffer: Buffer): void {
    if (this.#spare.length < MAX_SPARE_BUFFERS) this.#spare.push(buffer)
  }

  #idleOf(url: string): Set<PeerConnection> {
    const idle = this.#idle.get(url) ?? new Set()
    this.#idle.set(url, idle)
    return idle
  }
}

/** A request and its response. */
interface Running {
  readonly isHead: boolean
  readonly resolve: (response: PeerResponse) => void
  readonly reject: (error: Error) => void
  readonly stopListening: () => void
  head: ResponseHead | undefined
  body: BodyReader | undefined
  /** The bytes behind the head, until there is a receiver. */
  rest: Buffer
  receiver: BodyReceiver | undefined
  onCut: () => void
  hasEnded: boolean
}

interface PeerAddress {
  readonly host: string
  readonly port: number
}

function secureContextOf(tls: TlsOptions): SecureContext {
  const { key, cert, ca, minVersion, maxVersion, ssl_ciphers, ciphersuites } = tls
  const ciphers = [ciphersuites, ssl_ciphers].filter((suites) => suites !== '').join(':')
  return createSecureContext({ key, cert, ca, minVersion, maxVersion, ...(ciphers && { ciphers }) })
}

class PeerConnection {
  readonly url: string
  /** The TLS that it was opened with. */
  readonly secure: SecureContext | undefined
  readonly #all: PeerConnections
  readonly #socket: Socket
  readonly #small = Buffer.allocUnsafeSlow(SMALL_BYTES)
  /** For a body that is longer than one read. */
  #large: Buffer | undefined
  #head = new HeadReader()
  #running: Running | undefined
  /** Pieces that were passed on and are not taken. */
  #untaken = 0
  #isParsing = false
  #isPaused = false
  #isConnected = false
  #error: Error | undefined

  constructor(url: string, all: PeerConnections, secure: SecureContext | undefined) {
    this.url = url
    this.secure = secure
    this.#all = all
    const { hostname, port } = new URL(url)
    const address = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
    this.#socket = secure ? this.#openSecure(address, secure) : this.#open(address)
    const timer = setTimeout(
      () => this.#socket.destroy(new Error('no connection')),
      CONNECT_TIMEOUT_MS,
    )
    this.#socket.once(secure ? 'secureConnect' : 'connect', () => {
      this.#isConnected = true
      clearTimeout(timer)
    })
    this.#socket.on('error', (error) => {
      this.#error = error
    })
    this.#socket.once('close', () => {
      clearTimeout(timer)
      this.#onClose()
    })
  }

  request(
    { method, target, headers, body }: PeerRequest,
    signal: AbortSignal,
  ): Promise<PeerResponse> {
    const { host } = new URL(this.url)
    const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`)
    const head = [`${method} ${target} HTTP/1.1`, ...lines]
    const isSafe = head.every((line) => /^[\x20-\x7e]+$/.test(line))
    if (!isSafe || / /.test(target)) {
      this.destroy()
      return Promise.reject(new Error(`A request for ${this.url} has a character that it may not.`))
    }
    return new Promise((resolve, reject) => {
      const abort = () => this.#socket.destroy(new Error('the request was given up'))
      signal.addEventListener('abort', abort)
      this.#running = {
        isHead: method === 'HEAD',
        resolve,
        reject,
        stopListening: () => signal.removeEventListener('abort', abort),
        head: undefined,
        body: undefined,
        rest: this.#small.subarray(0, 0),
        receiver: undefined,
        onCut: () => {},
        hasEnded: false,
      }
      if (signal.aborted) abort()
      this.#socket.ref()
      this.#socket.cork()
      this.#socket.write(`${head.join('\r\n')}\r\n\r\n`)
      if (body.length > 0) this.#socket.write(body)
      this.#socket.uncork()
    })
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #open(address: PeerAddress): Socket {
    return connect({
      ...address,
      noDelay: true,
      keepAlive: true,
      onread: {
        buffer: () => this.#nextBuffer(),
        callback: (size, buffer) => this.#onRead(buffer as Buffer, size),
      },
    })
  }

  /** Nothing of a request is sent before the certificate of the other process is verified, for its host. */
  #openSecure(address: PeerAddress, secureContext: SecureContext): Socket {
    const socket = secureConnect({
      ...address,
      ...(isIP(address.host) === 0 && { servername: address.host }),
      secureContext,
      // Also with NODE_TLS_REJECT_UNAUTHORIZED=0.
      rejectUnauthorized: true,
    })
    socket.setNoDelay(true).setKeepAlive(true)
    return socket.on('data', (bytes: Buffer) => {
      if (!this.#onRead(bytes, bytes.length)) socket.pause()
    })
  }

  #nextBuffer(): Buffer {
    const { receiver, hasEnded } = this.#running ?? {}
    if (!receiver || hasEnded) return this.#small
    this.#large ??= this.#all.takeBuffer()
    return this.#large
  }

  /** Returns whether to go on with reading. */
  #onRead(buffer: Buffer, size: number): boolean {
    this.#parse(buffer.subarray(0, size))
    this.#isPaused = !this.#mayRead()
    return !this.#isPaused
  }

  #mayRead(): boolean {
    const isWithoutReceiver = this.#running?.head !== undefined && !this.#running.receiver
    return this.#untaken === 0 && !isWithoutReceiver
  }

  #parse(bytes: Buffer): void {
    this.#isParsing = true
    try {
      const running = this.#running
      if (!running) throw new Error('a response without a request')
      if (running.body) this.#readBody(running, bytes)
      else this.#readHead(running, bytes)
    } catch (error) {
      this.#socket.destroy(error as Error)
    } finally {
      this.#isParsing = false
    }
  }

  #readHead(running: Running, bytes: Buffer): void {
    const found = this.#head.read(bytes)
    if (!found) return
    const { head, rest } = found
    running.head = head
    running.body = bodyReaderOf(head, running.isHead)
    running.rest = rest
    running.resolve({
      ...head,
      receive: (receiver, onCut) => this.#receive(running, receiver, onCut),
      destroy: () => {
        if (this.#running === running) this.#socket.destroy()
      },
    })
  }

  #receive(running: Running, receiver: BodyReceiver, onCut: () => void): void {
    if (this.#socket.destroyed) {
      onCut()
      return
    }
    running.receiver = receiver
    running.onCut = onCut
    this.#parse(running.rest)
    this.#resume()
  }

  #readBody(running: Running, bytes: Buffer): void {
    const { body, receiver } = running
    if (!body || !receiver) throw new Error('bytes without a receiver')
    const taken = () => this.#onTaken(running)
    body.read(bytes, (piece, isLast) => {
      this.#untaken++
      running.hasEnded = isLast
      if (isLast) receiver.finish(piece, taken)
      else receiver.send(piece, taken)
    })
  }

  #onTaken(running: Running): void {
    this.#untaken--
    if (this.#untaken > 0 || this.#socket.destroyed) return
    if (running.hasEnded) this.#release(running)
    if (!this.#isParsing) this.#resume()
  }

  #resume(): void {
    if (!this.#isPaused || !this.#mayRead() || this.#socket.destroyed) return
    this.#isPaused = false
    this.#socket.resume()
  }

  #release({ head, stopListening }: Running): void {
    stopListening()
    this.#running = undefined
    this.#head = new HeadReader()
    if (this.#large) this.#all.returnBuffer(this.#large)
    this.#large = undefined
    if (/close/i.test(head?.headers.get('connection') ?? '')) {
      this.#socket.destroy()
      return
    }
    this.#socket.unref()
    this.#all.onIdle(this)
  }

  #onClose(): void {
    this.#all.onEnd(this)
    const running = this.#running
    if (!running) return
    running.stopListening()
    if (!running.head) {
      const reason = this.#error?.message ?? 'the connection was closed'
      running.reject(new NoResponseError(reason, this.#isConnected))
    } else if (!running.hasEnded) running.onCut()
  }
}
