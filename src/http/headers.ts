/** Reads all headers of a request in one pass. */

/** The part of uWebSockets.js's HttpRequest that is used. */
export interface RawRequest {
  getMethod(): string
  getUrl(): string
  /** Undefined without a question mark. */
  getQuery(): string | undefined
  /** The first header of a name; empty for an empty or a missing one. */
  getHeader(name: string): string
  /** Names are in lower case. */
  forEach(callback: (name: string, value: string) => void): void
}

/** Facts about headers that may occur more than once, or whose values are lists. */
export interface HeaderFacts {
  /** The size of all header lines. */
  readonly bytes: number
  /** Whether the client asks for the connection to be closed after the response. */
  readonly closes: boolean
  /** Whether the client waits for 100 (Continue) before it sends the body. */
  readonly awaitsInvitation: boolean
  /** The If-None-Match header; empty without one. */
  readonly ifNoneMatch: string
}

/** The size of a header's colon, space and line end. */
const FRAMING_BYTES = 4

/** An item of a list, in any case. */
const CLOSE = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i

/** Reads all headers. */
export function readHeaders(req: RawRequest): HeaderFacts {
  const facts = {
    bytes: 0,
    closes: false,
    awaitsInvitation: false,
    ifNoneMatch: '',
  }
  req.forEach((name, value) => {
    facts.bytes += name.length + value.length + FRAMING_BYTES
    switch (name) {
      case 'connection':
        facts.closes ||= CLOSE.test(value)
        break
      case 'if-none-match':
        facts.ifNoneMatch = value
        break
      case 'expect':
        // The parser accepts no other expectation.
        facts.awaitsInvitation = true
        break
    }
  })
  return facts
}
