/** Faults of a request's head, which are found before the request is routed. */
import { RestError } from '../errors.ts'
import type { Exchange } from './exchange.ts'
import { type ContentType, includesAny, memoize, parseContentType } from './media-type.ts'

/** The number of characters of a header that an error message quotes. */
const SHOWN = 100

/** `host[:port]` of RFC 3986, 3.2, without a user: a name, an IPv4 address, or one in brackets. */
const AUTHORITY = /^(?:\[[\da-fA-Fv:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-fA-F]{2})*)(?::\d*)?$/

/** Whether a text may follow `http://` in a URL. */
export function isAuthority(text: string): boolean {
  return AUTHORITY.test(text)
}

/**
 * The fault of a request whose end or whose host is uncertain; undefined without one. The bytes that
 * follow such a request must not be read as another request.
 */
export function faultOfHead(exchange: Exchange): RestError | undefined {
  return faultOfFraming(exchange) ?? faultOfHost(exchange)
}

/** Framing that a proxy in front may read differently is refused: it allows request smuggling. */
function faultOfFraming({
  contentLength,
  transferEncoding,
  headers,
  trailer,
}: Exchange): RestError | undefined {
  if (transferEncoding !== '' && transferEncoding.toLowerCase() !== 'chunked') {
    return new RestError(
      'BAD_REQUEST',
      `Transfer-Encoding ${shown(transferEncoding)} is not supported; send "chunked" or a Content-Length.`,
    )
  }
  if (headers.framing > 1) {
    return new RestError(
      'BAD_REQUEST',
      'Content-Length and Transfer-Encoding occur more than once or together; send one of them, once.',
    )
  }
  if (headers.framing === 1 && contentLength === '' && transferEncoding === '') {
    return new RestError('BAD_REQUEST', 'Content-Length or Transfer-Encoding is empty.')
  }
  if (trailer !== '') {
    // uWebSockets.js hands on the body, and then refuses the trailer: records that were written would
    // be reported as failed.
    return new RestError(
      'BAD_REQUEST',
      'Trailer fields are not supported; send their content in headers.',
    )
  }
  return undefined
}

/** Checks RFC 9112, 3.2. URLs in responses begin with the host. */
function faultOfHost({ host, headers }: Exchange): RestError | undefined {
  if (headers.hosts > 1) {
    return new RestError('BAD_REQUEST', 'The request has more than one Host header.')
  }
  if (isAuthority(host)) return undefined
  return new RestError('BAD_REQUEST', `Host ${shown(host)} is malformed; expected host[:port].`)
}

const contentTypeOf: (header: string) => ContentType = memoize(parseContentType)

/**
 * The fault of a request's Content-Type for a route that accepts `consumes`: 400 for a malformed media
 * type, 415 for a different one. A range is accepted for a request without a body, as in JAX-RS; it does
 * not determine the type of a body.
 */
export function faultOfContentType(
  exchange: Exchange,
  consumes: readonly string[] | 'any',
): RestError | undefined {
  const { contentType: header } = exchange
  if (header === '') return undefined
  const type = contentTypeOf(header)
  if (type.kind === 'malformed') {
    return new RestError(
      'BAD_REQUEST',
      `Content-Type ${shown(header)} is malformed; expected type/subtype.`,
    )
  }
  if (consumes === 'any') return undefined
  const fits =
    type.kind === 'type'
      ? consumes.includes(type.essence)
      : !exchange.hasBody && includesAny(type.essence, consumes)
  return fits ? undefined : new RestError('UNSUPPORTED_MEDIA_TYPE')
}

/** The fault of a malformed Accept header. */
export function malformedAccept({ accept }: Exchange): RestError {
  return new RestError(
    'BAD_REQUEST',
    `Accept ${shown(accept)} is malformed; expected type/subtype, separated by commas.`,
  )
}

/** `type/subtype` of a request's body, in lower case; empty without a Content-Type. */
export function bodyTypeOf({ contentType }: Exchange): string {
  const type = contentTypeOf(contentType)
  return type.kind === 'type' ? type.essence : ''
}

function shown(header: string): string {
  return JSON.stringify(header.slice(0, SHOWN))
}
