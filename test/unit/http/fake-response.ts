/** What uWebSockets.js gives to a handler, with a client whose pace the test sets. */
import assert from 'node:assert/strict'
import type { RawExchange } from '../../../src/http/exchange.ts'
import type { RawRequest } from '../../../src/http/headers.ts'

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
  /** Whether the response has no body but names the length of one. */
  reportedLength: number | undefined
  /** Calls of write(). */
  writes = 0
  pauses = 0
  isPaused = false
  #onWritable: ((offset: number) => boolean) | undefined
  #onAborted: () => void = () => {}
  #onData: (piece: ArrayBuffer, isLast: boolean) => void = () => {}
  #corks = 0
  #corked = ''
  /** A write failed: onWritable is called when there is room, once. */
  #isWaiting = false

  cork(callback: () => void): void {
    this.#corks++
    callback()
    this.#corks--
    if (this.#corks > 0) return
    this.#uncork()
  }

  write(bytes: Uint8Array): boolean {
    assert.ok(this.#corks > 0, 'write() outside of a cork')
    assert.ok(!this.isEnded, 'write() after the end')
    this.writes++
    this.#flush()
    const text = Buffer.from(bytes).toString()
    if (this.buffered !== '') {
      this.buffered += text
      return false
    }
    if (this.#corked.length + text.length <= CORK_BYTES) {
      this.#corked += text
      return true
    }
    // The framing of the chunk is in the cork buffer; when it does not go out, the chunk is dropped.
    this.#uncork()
    if (this.buffered !== '' || this.room === 0) return false
    this.buffered = text
    this.#flush()
    return this.buffered === ''
  }

  tryEnd(bytes: Uint8Array, totalSize: number): [ok: boolean, done: boolean] {
    const taken = Buffer.from(bytes).toString().slice(0, this.room)
    this.room -= taken.length
    this.received += taken
    this.isEnded = this.received.length === totalSize
    if (taken.length < bytes.length) this.#isWaiting = true
    return [taken.length === bytes.length, this.isEnded]
  }

  end(body: string | Uint8Array = '', closeConnection = false): void {
    assert.ok(!this.isEnded, 'end() twice')
    this.endsConnection = closeConnection
    this.#corked += Buffer.from(body).toString()
    this.isEnded = true
  }

  writeStatus(status: string): void {
    assert.equal(this.status, '', 'writeStatus() twice')
    this.status = status
  }

  writeHeader(name: string, value: string): void {
    assert.notEqual(this.status, '', 'writeHeader() before writeStatus()')
    this.headers.set(name.toLowerCase(), value)
  }

  endWithoutBody(reportedContentLength?: number, closeConnection = false): void {
    this.reportedLength = reportedContentLength
    this.end('', closeConnection)
  }

  /** 192.0.2.7. */
  getRemoteAddress(): ArrayBuffer {
    return new Uint8Array([192, 0, 2, 7]).buffer
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
    this.#onAborted()
  }

  onWritable(handler: (offset: number) => boolean): void {
    this.#onWritable = handler
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

  /** The client reads `bytes` more. */
  read(bytes: number): void {
    this.room += bytes
    // Whoever has a handler empties the buffer himself.
    if (!this.#onWritable) this.#flush()
    else if (this.#isWaiting) {
      this.#isWaiting = false
      this.#onWritable(this.received.length)
    }
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
  return {
    getMethod: () => method,
    getUrl: () => path,
    getQuery: () => query,
    getHeader: (name) => headers.find(([each]) => each === name)?.[1] ?? '',
    forEach: (callback) => {
      for (const [name, value] of headers) callback(name, value)
    },
  }
}
