/** What is wrong with the head of a request, before anybody asks what it wants. */
import { RestError } from '../errors.ts'
import type { Exchange } from './exchange.ts'
import { type ContentType, includesAny, parseContentType, remember } from './media-type.ts'

/** Characters of a header that a message shows. */
const SHOWN = 100

/** `host[:port]` of RFC 3986, 3.2, without a user: a name, an IPv4 address, or one in brackets. */
const AUTHORITY = /^(?:\[[\da-fA-Fv:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-fA-F]{2})*)(?::\d*)?$/

/** Whether a text may stand behind `http://`. */
export function isAuthority(text: string): boolean {
  return AUTHORITY.test(text)
}

/**
 * The fault of a request of which nobody can tell where it ends, or whom it is for: what follows it
 * on the connection must not be read. Undefined when there is none.
 */
export function faultOfHead(exchange: Exchange): RestError | undefined {
  return faultOfFraming(exchange) ?? faultOfHost(exchange)
}

/** What a proxy in front might read otherwise than we do is refused: it is how requests get smuggled. */
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
      'The request says more than once, by Content-Length or Transfer-Encoding, where it ends.',
    )
  }
  if (headers.framing === 1 && contentLength === '' && transferEncoding === '') {
    return new RestError('BAD_REQUEST', 'Content-Length or Transfer-Encoding is empty.')
  }
  if (trailer !== '') {
    // uWebSockets.js would hand on the body, and then refuse what follows it: what was written
    // would be reported as failed.
    return new RestError('BAD_REQUEST', 'Headers after the body (Trailer) are not supported.')
  }
  return undefined
}

/** RFC 9112, 3.2. URLs that clients are given are made of it. */
function faultOfHost({ host, headers }: Exchange): RestError | undefined {
  if (headers.hosts > 1) {
    return new RestError('BAD_REQUEST', 'The request has more than one Host header.')
  }
  if (isAuthority(host)) return undefined
  return new RestError('BAD_REQUEST', `Host ${shown(host)} is malformed; expected host[:port].`)
}

const contentTypeOf: (header: string) => ContentType = remember(parseContentType)

/**
 * The fault of a request's Content-Type for a route that takes `consumes`: 400 for what is no media
 * type, 415 for another one. A range fits a request without a body, as in JAX-RS; it would not say
 * what a body is.
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

/** The fault of an Accept header that is none. */
export function malformedAccept({ accept }: Exchange): RestError {
  return new RestError(
    'BAD_REQUEST',
    `Accept ${shown(accept)} is malformed; expected type/subtype, separated by commas.`,
  )
}

/** `type/subtype` of a request's body, in lower case; empty when it says none. */
export function bodyTypeOf({ contentType }: Exchange): string {
  const type = contentTypeOf(contentType)
  return type.kind === 'type' ? type.essence : ''
}

function shown(header: string): string {
  return JSON.stringify(header.slice(0, SHOWN))
}
