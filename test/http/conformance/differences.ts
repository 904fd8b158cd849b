/** Where other servers read the cases differently, and why. */

/** A server that reads the cases, too. */
export type OtherServer = 'node' | 'nginx' | 'haproxy'

/** Cases that a server reads differently for the same reason. */
export interface Difference {
  readonly server: OtherServer
  /** A sentence. */
  readonly why: string
  /** Their names. */
  readonly cases: readonly string[]
}

/** All differences. */
export const DIFFERENCES: readonly Difference[] = [
  {
    server: 'node',
    why: 'Node.js answers each head that it cannot parse with 400.',
    cases: [
      'a method that nobody knows is refused',
      'the answer to a method that begins like HEAD has a body',
      'a method is compared with case',
      'HTTP/3.0 is refused',
      'HTTP/1.2 is refused',
      'the preface of HTTP/2 is refused',
      'a word that is no request is refused',
    ],
  },
  {
    server: 'node',
    why: 'Node.js reads requests of HTTP/0.9 and HTTP/2.0 as if they were of HTTP/1.1.',
    cases: [
      'a request line without a version is refused',
      'HTTP/2.0 is refused',
      'HTTP/0.9 is refused',
    ],
  },
  {
    server: 'node',
    why: 'Node.js reads several spaces as one.',
    cases: ['two spaces behind the method are refused', 'two spaces behind the target are refused'],
  },
  {
    server: 'node',
    why: 'Node.js reads a value as Latin-1.',
    cases: ['bytes above 127 in a value are UTF-8', 'bytes above 127 around a value are kept'],
  },
  {
    server: 'node',
    why: 'Node.js skips any number of empty lines.',
    cases: ['empty lines without end are refused'],
  },
  {
    server: 'node',
    why: 'Node.js leaves the check of targets and of Host to its application.',
    cases: [
      'OPTIONS with an absolute target without a path asks for the whole server',
      'an asterisk is no target of GET',
      'a fragment is refused',
      'an absolute target without a host is refused',
      'an absolute target with a user is refused',
      'an absolute target of another scheme is refused',
      'two Host fields are refused',
      'two Host fields that are the same are refused',
      'a Host with a space is refused',
      'a Host with a path is refused',
      'a Host with a user is refused',
      'a list of hosts is refused',
      'a Host with a port that is no number is refused',
      'a Host with a bracket that does not end is refused',
      'a Host with a byte above 127 is refused',
    ],
  },
  {
    server: 'node',
    why: 'Node.js ends the connection of a CONNECT or an upgrade that its application does not handle, or hands on its bytes unread.',
    cases: [
      'CONNECT opens no tunnel',
      'an upgrade to WebSocket is ignored',
      'an upgrade to HTTP/2 is ignored',
      'the body of a request that asks for an upgrade is read',
    ],
  },
  {
    server: 'node',
    why: 'Node.js reads any list of codings that ends with chunks, and chunks in HTTP/1.0.',
    cases: [
      'an empty item before chunks is refused',
      'gzip before chunks is refused',
      'identity in another header before chunks is refused',
      'an empty header before chunks is refused',
      'chunks in HTTP/1.0 are refused',
    ],
  },
  {
    server: 'node',
    why: 'Node.js answers a request that a FIN cuts off with 400.',
    cases: [
      'a body that ends early is no request',
      'chunks that end early are no request',
      'a head that ends early is no request',
      'a request before a head that ends early is answered',
    ],
  },
  {
    server: 'node',
    why: 'Node.js closes a connection at a FIN without the answers that are not written yet.',
    cases: [
      'a client that has sent all is answered later',
      'all pipelined requests are answered after a FIN',
    ],
  },
  {
    server: 'node',
    why: 'Node.js keeps the connection after a 417, and compares an expectation with a part of the header.',
    cases: [
      'an unknown expectation is refused',
      'an unknown expectation beside a known one is refused',
      'a longer expectation is refused',
    ],
  },
  {
    server: 'node',
    why: 'Node.js invites each body before its application has seen the request.',
    cases: [
      'a body is not asked for when the request is refused',
      'a request without a body has nothing to continue',
    ],
  },
  {
    server: 'node',
    why: 'Node.js reads keep-alive before close.',
    cases: ['close counts more than keep-alive'],
  },
  {
    server: 'node',
    why: 'Node.js reads Proxy-Connection, and trailers, like Connection.',
    cases: ['Proxy-Connection is ignored', 'a Connection among the trailers closes nothing'],
  },
  {
    server: 'node',
    why: 'Node.js answers bytes that it cannot parse at once, and drops the answers before them.',
    cases: [
      'what follows a body and is no request is refused',
      'nothing behind close is read',
      'nothing behind a close that is answered later is read',
      'nothing behind a body with close is read',
      'nothing behind HTTP/1.0 is read',
      'a refusal comes behind the answers before it',
      'nothing behind a refusal is read',
      'a body that is refused comes behind the answers before it',
      'a refusal of a version comes behind the answers before it',
      'a head above the limit is refused behind the answer before it',
    ],
  },
  {
    server: 'node',
    why: 'Node.js drops the fields above its limit instead of refusing them.',
    cases: ['101 fields are refused', '1000 fields are refused'],
  },
  {
    server: 'node',
    why: 'Node.js answers chunk extensions that are too long with 413.',
    cases: ['chunk extensions above the limit are refused'],
  },
]

/** Why a server reads a case differently; undefined if it does not. */
export function differenceOf(server: OtherServer, name: string): string | undefined {
  return DIFFERENCES.find((each) => each.server === server && each.cases.includes(name))?.why
}
