/** Reads all headers of a request in one pass. */

/** The part of uWebSockets.js's HttpRequest that is used. */
export interface RawRequest {
  getMethod(): string
  getUrl(): string
  getQuery(): string
  /** The first header of a name; empty for an empty or a missing one. */
  getHeader(name: string): string
  /** Names are in lower case. */
  forEach(callback: (name: string, value: string) => void): void
}

/** Facts about headers that may occur more than once, or whose values are lists. */
export interface HeaderFacts {
  /** The size of all header lines. */
  readonly bytes: number
  /** The number of headers that frame the body. More than one suggests request smuggling. */
  readonly framing: number
  readonly hosts: number
  /** Whether the client asks for the connection to be closed after the response. */
  readonly closes: boolean
  /** Whether the client waits for 100 (Continue), which uWebSockets.js has not sent. */
  readonly awaitsInvitation: boolean
  /** The If-None-Match header; empty without one. */
  readonly ifNoneMatch: string
}

/** The size of a header's colon, space and line end. */
const FRAMING_BYTES = 4

/** Items of a list, in any case. uWebSockets.js compares whole values, or values in lower case. */
const CLOSE = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i
const CONTINUE = /(?:^|,)[ \t]*100-continue[ \t]*(?:,|$)/i

/** Reads all headers. */
export function readHeaders(req: RawRequest): HeaderFacts {
  const facts = {
    bytes: 0,
    framing: 0,
    hosts: 0,
    closes: false,
    awaitsInvitation: false,
    ifNoneMatch: '',
  }
  req.forEach((name, value) => {
    facts.bytes += name.length + value.length + FRAMING_BYTES
    switch (name) {
      case 'content-length':
      case 'transfer-encoding':
        facts.framing++
        break
      case 'host':
        facts.hosts++
        break
      case 'connection':
        facts.closes ||= CLOSE.test(value)
        break
      case 'if-none-match':
        facts.ifNoneMatch = value
        break
      case 'expect':
        // uWebSockets.js answers this spelling by itself.
        facts.awaitsInvitation ||= value !== '100-continue' && CONTINUE.test(value)
        break
    }
  })
  return facts
}
