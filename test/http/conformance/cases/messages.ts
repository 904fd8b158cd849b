/** Writes the messages of the cases. */

/** A head with a Host, of a request line and further headers. */
export function head(line: string, ...headers: readonly string[]): string {
  return bare(line, 'Host: x', ...headers)
}

/** A head of these lines alone. */
export function bare(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** A POST with a length and a body. */
export function post(body: string, ...headers: readonly string[]): string {
  return head('POST / HTTP/1.1', `Content-Length: ${body.length}`, ...headers) + body
}

/** A POST whose body is chunked. */
export function chunked(chunks: string): string {
  return head('POST / HTTP/1.1', 'Transfer-Encoding: chunked') + chunks
}

/** The request that a server must not see. */
export const NEXT: string = head('GET /next HTTP/1.1')
