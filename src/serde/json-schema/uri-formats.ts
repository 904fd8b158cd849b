/** URIs by RFC 3986, with characters outside of ASCII, as `java.net.URI` takes them and RFC 3987 has them. */

const PARTS = /^(?:([a-z][a-z\d+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/is
/** Spaces and controls are none, wherever they stand in Unicode. */
const OTHER = '(?![\\p{Z}\\p{Cc}])[\\x80-\\u{10FFFF}]'
const ESCAPE = '%[\\da-fA-F]{2}'
const PLAIN = "[\\w\\-.~!$&'()*+,;=:@]"

const AUTHORITY = new RegExp(`^(?:${PLAIN}|${ESCAPE}|${OTHER})*$`, 'u')
const IP_AUTHORITY = /^(?:[^@[\]]*@)?\[([\da-f:.]+)\](?::\d*)?$/i
const PATH = new RegExp(`^(?:${PLAIN}|/|${ESCAPE}|${OTHER})*$`, 'u')
/** Behind `?` or `#`. Brackets stand in many queries, and only Java's draft of the RFC has them there. */
const REST = new RegExp(`^(?:${PLAIN}|[/?[\\]]|${ESCAPE}|${OTHER})*$`, 'u')

/** One with a scheme. */
export function isUri(text: string): boolean {
  return /^[a-z][a-z\d+.-]*:/i.test(text) && isUriReference(text)
}

/** A URI, or one that is relative to another. */
export function isUriReference(text: string): boolean {
  const [isMatch, scheme, authority, path = '', query = '', fragment = ''] = PARTS.exec(text) ?? []
  if (isMatch === undefined) return false
  if (scheme !== undefined && authority === undefined && path + query === '') return false
  if (authority === '' && path + query + fragment === '') return false
  // What stands before a colon would be a scheme.
  if (scheme === undefined && authority === undefined && /^[^/]*:/.test(path)) return false
  return (
    isAuthority(authority ?? '') &&
    PATH.test(path) &&
    REST.test(query.slice(1)) &&
    REST.test(fragment.slice(1))
  )
}

const VARIABLE = `(?:\\w|${ESCAPE})(?:\\.?(?:\\w|${ESCAPE}))*(?::[1-9]\\d{0,3}|\\*)?`
const TEMPLATE = new RegExp(
  `^(?:[^\\0-\\x20\\x7f"'<>%\\\\^\`{|}]|${ESCAPE}|\\{[+#./;?&=,!@|]?${VARIABLE}(?:,${VARIABLE})*\\})*$`,
  'u',
)

/** RFC 6570. */
export function isUriTemplate(text: string): boolean {
  return TEMPLATE.test(text)
}

/** Also one that names no host by the rules, as registries of names may have it. */
function isAuthority(text: string): boolean {
  if (!text.includes('[')) return AUTHORITY.test(text)
  const [, address = ''] = IP_AUTHORITY.exec(text) ?? []
  return URL.canParse(`http://[${address}]`)
}
