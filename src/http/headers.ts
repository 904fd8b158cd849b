/** What is read of all headers of a request in one pass. */

/** What is used of uWebSockets.js's HttpRequest. */
export interface RawRequest {
  getMethod(): string
  getUrl(): string
  getQuery(): string
  /** The first header of a name; empty for an empty one, and for none. */
  getHeader(name: string): string
  /** Names come in lower case. */
  forEach(callback: (name: string, value: string) => void): void
}

/** Of headers that may be there more than once, or whose values are lists. */
export interface HeaderFacts {
  /** Bytes of all header lines. */
  readonly bytes: number
  /** How many headers say where the body ends: one, unless somebody is to be deceived. */
  readonly framing: number
  readonly hosts: number
  /** Whether the client wants this response to be the last of its connection. */
  readonly closes: boolean
  /** Whether it sends its body after 100 (Continue), which was not sent yet. */
  readonly awaitsInvitation: boolean
}

/** What follows a header's name and value on the wire: a colon, a space, and the end of the line. */
const FRAMING_BYTES = 4

/** Items of a list, in any case. uWebSockets.js knows them only alone, or only in lower case. */
const CLOSE = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i
const CONTINUE = /(?:^|,)[ \t]*100-continue[ \t]*(?:,|$)/i

/** Reads them all. */
export function readHeaders(req: RawRequest): HeaderFacts {
  const facts = { bytes: 0, framing: 0, hosts: 0, closes: false, awaitsInvitation: false }
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
      case 'expect':
        // uWebSockets.js has answered this one spelling by itself.
        facts.awaitsInvitation ||= value !== '100-continue' && CONTINUE.test(value)
        break
    }
  })
  return facts
}
