/**
 * The subject of a client's certificate in a header of the proxy that has verified it. Each of these rules prevents that
 * somebody is taken for somebody else:
 *  1. X-Forwarded-Client-Cert is a list to which each proxy adds an element: the last one counts, which the nearest
 *     proxy has written about its own client.
 *  2. Another header is one subject. Two of them mean that the proxy has let one of its client pass: none counts.
 *  3. A header that names no subject makes an empty one, which is nobody's. Without a header there is no certificate.
 */
import type { RawRequest } from './headers.ts'

/** The header of Envoy: elements of `key=value`, as in `By=spiffe://a;Subject="CN=orders,O=Example"`. */
const XFCC = 'x-forwarded-client-cert'

/** `key=value` with the separator behind it. */
const XFCC_PAIR = /[ \t]*([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;=]*))[ \t]*([;,]|$)/y

/** The first attribute of a distinguished name (RFC 2253). */
const SUBJECT = /^(?:[A-Za-z][\w-]*|\d+(?:\.\d+)*) ?=/

/** Returns a subject (RFC 2253), an empty text for one that cannot be read, or undefined without a header. */
export type SubjectReader = (request: RawRequest) => string | undefined

/** @param header in lower case */
export function subjectReader(header: string): SubjectReader {
  return header === XFCC
    ? (request) => subjectOf(valuesOf(request, header), (values) => lastSubject(values.join(',')))
    : (request) =>
        subjectOf(valuesOf(request, header), ([first = '', ...others]) =>
          others.length === 0 ? first : undefined,
        )
}

function valuesOf(request: RawRequest, header: string): string[] {
  const values: string[] = []
  request.forEach((name, value) => {
    if (name === header && value !== '') values.push(value)
  })
  return values
}

function subjectOf(
  values: readonly string[],
  read: (values: readonly string[]) => string | undefined,
): string | undefined {
  if (values.length === 0) return undefined
  const subject = read(values) ?? ''
  return SUBJECT.test(subject) ? subject : ''
}

/** The subject of the last element; undefined if it has none or two, or if the list is malformed. */
function lastSubject(text: string): string | undefined {
  let subjects: string[] = []
  let separator = ','
  XFCC_PAIR.lastIndex = 0
  while (separator !== '') {
    if (separator === ',') subjects = []
    const pair = XFCC_PAIR.exec(text)
    if (!pair) return undefined
    const [, key = '', quoted, token = '', next = ''] = pair
    if (key.toLowerCase() === 'subject') {
      // Envoy quotes the subject as it is: a backslash in it is an escape of RFC 2253.
      subjects.push(quoted ?? token)
    }
    separator = next
  }
  return subjects.length === 1 ? subjects[0] : undefined
}
