/** What uWebSockets.js gives to a handler, with a client whose pace the test sets. */
import assert from 'node:assert/strict'
import type { RawExchange } from '../../../src/http/exchange.ts'
import type { RawHead, RawRequest } from '../../../src/http/headers.ts'

/** The size of uWebSockets.js's cork buffer. */
const CORK_BYTES = 16 * 1024

/** uWebSockets.js's side: it keeps what the socket has no room for, as the real one does. */
export class FakeResponse implements RawExchange {
  /** How many bytes the socket takes from now on. */
  room = Number.POSITIVE_INFINITY
  /** What the client has. */
  received = ''
  /** What waits in the buffer of uWebSockets.js. */
  buffered = ''
  isEnded = false
  isClosed = false
  /** Whether the response was the last one of its connection. */
  endsConnection = false
  status = ''
  readonly headers = new Map<string, string>()
  /** Calls of writeContinue(). */
  invitations = 0
  pauses = 0
  readWaitMs = 0
  isPaused = false
  #onWritable: () => void = () => {}
  #onSent: ((isSent: boolean) => void) | undefined
  #onBodyRefused: (status: number, reason: string) => void = () => {}
  #onAborted: () => void = () => {}
  #onData: (piece: ArrayBuffer, isLast: boolean) => void = () => {}
  /** The client sends its FIN. */
  halfClose: () => void = () => {}
  #corks = 0
  #corked = ''
  /** A write failed: onWritable is called when there is room, once. */
  #isWaiting = false
  #written = 0

  cork(callback: () => void): void {
    this.#corks++
    callback()
    this.#corks--
    if (this.#corks > 0) return
    this.#uncork()
    if (this.isEnded) this.#tellSent()
  }

  tryWrite(bytes: Uint8Array, totalSize: number): number {
    assert.ok(this.#corks > 0, 'tryWrite() outside of a cork')
    assert.ok(!this.isEnded, 'tryWrite() after the end')
    this.#flush()
    const taken = this.buffered === '' ? this.#take(Buffer.from(bytes).toString()) : 0
    if (taken < bytes.length) this.#isWaiting = true
    this.#written += taken
    if (totalSize > 0 && this.#written === totalSize) this.isEnded = true
    return taken
  }

  /** The framing of chunks counts as content here. */
  tryWriteFramed(bytes: Uint8Array): number {
    return this.tryWrite(bytes, 0)
  }

  takesChunks(): boolean {
    return true
  }

  end(body: string | Uint8Array = '', closeConnection = false): void {
    assert.ok(!this.isEnded, 'end() twice')
    this.endsConnection ||= closeConnection
    if (this.#corks === 0) this.buffered += Buffer.from(body).toString()
    else this.#corked += Buffer.from(body).toString()
    this.isEnded = true
  }

  writeContinue(): void {
    this.invitations++
  }

  writeStatus(status: string): void {
    assert.equal(this.status, '', 'writeStatus() twice')
    this.status = status
  }

  writeHeader(name: string, value: string): void {
    assert.notEqual(this.status, '', 'writeHeader() before writeStatus()')
    this.headers.set(name.toLowerCase(), value)
    if (name === 'Connection' && value === 'close') this.endsConnection = true
  }

  endWithoutBody(reportedContentLength?: number, closeConnection = false): void {
    if (reportedContentLength !== undefined) {
      this.headers.set('content-length', String(reportedContentLength))
    }
    this.end('', closeConnection)
  }

  /** 192.0.2.7. */
  getPeerCertificate(): undefined {}

  getRemoteAddress(): ArrayBuffer {
    return new Uint8Array([192, 0, 2, 7]).buffer
  }

  /** None. */
  getProxiedRemoteAddress(): ArrayBuffer {
    return new ArrayBuffer(0)
  }

  onAborted(handler: () => void): void {
    this.#onAborted = handler
  }

  onData(handler: (piece: ArrayBuffer, isLast: boolean) => void): void {
    this.#onData = handler
  }

  /** A piece of the request's body comes; its memory is gone afterwards, as with the real one. */
  send(text: string, isLast: boolean): void {
    const piece = new Uint8Array(Buffer.from(text)).buffer
    this.#onData(piece, isLast)
    structuredClone(piece, { transfer: [piece] })
  }

  /** The client leaves. */
  abort(): void {
    if (!this.isEnded) this.#onAborted()
    this.#onSent?.(false)
    this.#onSent = undefined
  }

  onBodyRefused(handler: (status: number, reason: string) => void): void {
    this.#onBodyRefused = handler
  }

  /** The parser finds the body malformed. */
  refuseBody(status: number, reason: string): void {
    this.#onBodyRefused(status, reason)
  }

  onWritable(handler: () => void): void {
    this.#onWritable = handler
  }

  onPeerEnd(handler: () => void): void {
    this.halfClose = handler
  }

  onSent(handler: (isSent: boolean) => void): void {
    this.#onSent = handler
  }

  close(): void {
    this.isClosed = true
  }

  pause(): void {
    this.pauses++
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  getReadWait(): number {
    return this.readWaitMs
  }

  /** The client reads `bytes` more. */
  read(bytes: number): void {
    this.room += bytes
    this.#flush()
    if (this.isEnded) this.#tellSent()
    else if (this.#isWaiting && this.buffered === '') {
      this.#isWaiting = false
      this.#onWritable()
    }
  }

  /** What of a text fits the cork buffer, or goes to the socket. */
  #take(text: string): number {
    if (this.#corked.length + text.length <= CORK_BYTES) {
      this.#corked += text
      return text.length
    }
    this.#uncork()
    if (this.buffered !== '') return 0
    const taken = text.slice(0, this.room)
    this.room -= taken.length
    this.received += taken
    return taken.length
  }

  #uncork(): void {
    this.buffered += this.#corked
    this.#corked = ''
    this.#flush()
  }

  #flush(): void {
    const taken = this.buffered.slice(0, this.room)
    this.room -= taken.length
    this.received += taken
    this.buffered = this.buffered.slice(taken.length)
    if (this.buffered !== '') this.#isWaiting = true
  }

  #tellSent(): void {
    if (this.buffered !== '') return
    const onSent = this.#onSent
    this.#onSent = undefined
    onSent?.(true)
  }
}

/** A request of which the test says what it wants to have other than this. */
export interface FakeHead {
  readonly method?: string
  readonly path?: string
  readonly query?: string
  /** In order, with names in lower case; a name may come twice. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** The head of a request. */
export function fakeRequest(head: FakeHead = {}): RawRequest {
  const { method = 'get', path = '/', query = '', headers = [] } = head
  const first = (name: string) => headers.find(([each]) => each === name)?.[1] ?? ''
  const joined = (name: string) =>
    headers.flatMap(([each, value]) => (each === name ? [value] : [])).join(',')
  const bytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0)
  return {
    getHead: () =>
      [
        ...[
          method.toUpperCase(),
          path,
          query,
          first('content-type'),
          first('accept'),
          first('content-length'),
        ],
        ...[first('transfer-encoding'), first('host'), first('x-request-id'), first('expect')],
        ...[joined('connection'), joined('if-none-match')],
        ...[joined('accept-encoding'), joined('content-encoding'), bytes],
      ] as unknown as RawHead,
    getHeader: first,
    forEach: (callback) => {
      for (const [name, value] of headers) callback(name, value)
    },
  }
}
