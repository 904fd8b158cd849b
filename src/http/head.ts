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
export function bodyTypeOf({ contentType }: Pick<Exchange, 'contentType'>): string {
  const type = contentTypeOf(contentType)
  return type.kind === 'type' ? type.essence : ''
}

/** The charset of a request's body, in lower case; empty if its Content-Type names none. */
export function charsetOf({ contentType }: Pick<Exchange, 'contentType'>): string {
  return contentType === '' ? '' : charsetIn(contentType)
}

const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^";\s]*)/i

const charsetIn: (header: string) => string = memoize(
  (header) => CHARSET.exec(header)?.[1]?.toLowerCase() ?? '',
)

function shown(header: string): string {
  return JSON.stringify(header.slice(0, SHOWN))
}
