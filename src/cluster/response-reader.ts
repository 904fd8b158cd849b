/**
 * Responses of other processes, parsed from the bytes of a connection. Only uWebSockets.js writes them, so that the parser
 * accepts one form of each part, and throws for all others.
 */

/** The first lines of a response. */
export interface ResponseHead {
  readonly status: number
  /** Values by lower-case name. */
  readonly headers: ReadonlyMap<string, string>
}

/** A body in progress. */
export interface BodyReader {
  /** Passes the pieces in `bytes` on, without a copy. The last one may be empty. */
  read(bytes: Buffer, onPiece: (piece: Buffer, isLast: boolean) => void): void
}

const MAX_HEAD_BYTES = 16_384
const HEAD_END = '\r\n\r\n'
const EMPTY = Buffer.alloc(0)

/** Collects the bytes of a head. */
export class HeadReader {
  #bytes: Buffer = EMPTY

  /** Returns the head, and a copy of the bytes behind it, as soon as it is complete. */
  read(bytes: Buffer): { readonly head: ResponseHead; readonly rest: Buffer } | undefined {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    const end = this.#bytes.indexOf(HEAD_END)
    if ((end < 0 ? this.#bytes.length : end) > MAX_HEAD_BYTES) throw malformed('a long head')
    if (end < 0) return undefined
    const head = parseHead(this.#bytes.toString('latin1', 0, end))
    return { head, rest: this.#bytes.subarray(end + HEAD_END.length) }
  }
}

function parseHead(text: string): ResponseHead {
  const [statusLine = '', ...lines] = text.split('\r\n')
  const [, status] = /^HTTP\/1\.1 ([2-5]\d\d) /.exec(`${statusLine} `) ?? []
  if (status === undefined) throw malformed('a status line', statusLine)
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name, value] = /^([\w-]+):[ \t]*([^\r\n]*?)[ \t]*$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw malformed('a header', line)
    headers.set(name.toLowerCase(), value)
  }
  return { status: Number(status), headers }
}

/** Makes the reader of the body behind a head. */
export function bodyReaderOf({ status, headers }: ResponseHead, isHead: boolean): BodyReader {
  if (isHead || status === 204 || status === 304) return new SizedBody(0)
  const length = headers.get('content-length')
  const coding = headers.get('transfer-encoding')
  if (coding === 'chunked' && length === undefined) return new ChunkedBody()
  if (coding !== undefined || !/^\d{1,15}$/.test(length ?? '')) {
    throw malformed('a length', `${length} ${coding}`)
  }
  return new SizedBody(Number(length))
}

class SizedBody implements BodyReader {
  #left: number

  constructor(length: number) {
    this.#left = length
  }

  read(bytes: Buffer, onPiece: (piece: Buffer, isLast: boolean) => void): void {
    if (bytes.length > this.#left) throw malformed('bytes behind the body')
    this.#left -= bytes.length
    if (bytes.length > 0 || this.#left === 0) onPiece(bytes, this.#left === 0)
  }
}

/** The end of a chunk and the size of the next one, or the end of the body. There are no extensions and no trailers. */
const CHUNK_LINE = /^\r\n(?:([1-9a-f][\da-f]{0,7})\r\n|0\r\n\r\n)$/i
const MAX_CHUNK_LINE_BYTES = 12

class ChunkedBody implements BodyReader {
  /** The bytes that are missing in the current chunk. */
  #left = 0
  /** The beginning of a line. The head ends as a chunk does. */
  #line = '\r\n'

  read(bytes: Buffer, onPiece: (piece: Buffer, isLast: boolean) => void): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#left > 0) {
        const end = Math.min(bytes.length, at + this.#left)
        this.#left -= end - at
        onPiece(bytes.subarray(at, end), false)
        at = end
      } else if (this.#isEndedBy(bytes[at++] as number)) {
        if (at < bytes.length) throw malformed('bytes behind the body')
        onPiece(EMPTY, true)
      }
    }
  }

  /** Takes a byte of a line. Returns whether the body ends with it. */
  #isEndedBy(byte: number): boolean {
    this.#line += String.fromCharCode(byte)
    const found = CHUNK_LINE.exec(this.#line)
    if (!found && this.#line.length >= MAX_CHUNK_LINE_BYTES) throw malformed('a chunk', this.#line)
    if (!found) return false
    this.#line = ''
    this.#left = Number.parseInt(found[1] ?? '0', 16)
    return this.#left === 0
  }
}

function malformed(what: string, text = ''): Error {
  return new Error(`malformed response: ${what} ${JSON.stringify(text)}`)
}
