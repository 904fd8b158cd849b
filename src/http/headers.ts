/** The head of a request, as uWebSockets.js has it. */

/**
 * All that a request is served by, from one call: each call of uWebSockets.js costs 100 to 200 ns. Empty texts stand for
 * what the request does not have. Of a field that occurs more than once the first counts, except for lists, whose
 * values are joined by commas.
 */
export type RawHead = readonly [
  method: string,
  path: string,
  query: string,
  contentType: string,
  accept: string,
  contentLength: string,
  transferEncoding: string,
  host: string,
  requestId: string,
  expect: string,
  /** A list. */
  connection: string,
  /** A list. */
  ifNoneMatch: string,
  /** A list. */
  acceptEncoding: string,
  /** A list. */
  contentEncoding: string,
  /** The size of all header lines. */
  bytes: number,
]

/** The part of uWebSockets.js's HttpRequest that is used. */
export interface RawRequest {
  getHead(): RawHead
  /** The first header of a name; empty for an empty or a missing one. */
  getHeader(name: string): string
  /** Names are in lower case. */
  forEach(callback: (name: string, value: string) => void): void
}

/** An item of a list, in any case. */
const CLOSE = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i

/** Whether a Connection header asks for the connection to be closed after the response. */
export function asksToClose(connection: string): boolean {
  return connection !== '' && CLOSE.test(connection)
}
