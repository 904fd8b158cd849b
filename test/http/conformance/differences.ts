/** Where other servers read the cases differently, and why. */

/** A server that reads the cases, too. */
export type OtherServer = 'node' | 'nginx'

/** Cases that a server reads differently for the same reason. */
export interface Difference {
  readonly server: OtherServer
  /** A sentence. */
  readonly why: string
  /** The first major version of Node.js that reads them as they say. */
  readonly until?: number
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
    why: 'Node.js skips any number of line ends before a request.',
    cases: [
      'empty lines without end are refused',
      'empty lines without end are refused behind the answers before them',
      'a line end that is no empty line is refused behind the answers before it',
    ],
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
    why: 'Node.js takes the first of two Authorization fields.',
    cases: ['two Authorization fields are refused'],
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
      'chunks in HTTP/1.0 are refused',
    ],
  },
  {
    server: 'node',
    why: 'Node.js 20 reads chunks behind an empty header.',
    until: 22,
    cases: ['an empty header before chunks is refused'],
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
  {
    server: 'nginx',
    why: 'nginx answers TRACE and CONNECT itself, and knows no asterisk.',
    cases: [
      'TRACE is read',
      'CONNECT opens no tunnel',
      'OPTIONS asks for the whole server with an asterisk',
    ],
  },
  {
    server: 'nginx',
    why: 'nginx drops spaces between the words of a request line.',
    cases: [
      'two spaces behind the method are refused',
      'two spaces behind the target are refused',
      'a space behind the version is refused',
    ],
  },
  {
    server: 'nginx',
    why: 'nginx answers a request line without a version like one of HTTP/0.9: without a head.',
    cases: ['a request line without a version is refused'],
  },
  {
    server: 'nginx',
    why: 'nginx reads any minor version.',
    cases: ['HTTP/1.2 is refused', 'HTTP/1.10 is no version'],
  },
  {
    server: 'nginx',
    why: 'nginx skips any number of line ends before a request.',
    cases: [
      'empty lines without end are refused',
      'empty lines without end are refused behind the answers before them',
      'a line end that is no empty line is refused behind the answers before it',
    ],
  },
  {
    server: 'nginx',
    why: 'nginx reads a line feed alone as the end of a line, and forwards the lines that it has read.',
    cases: [
      'a line feed alone does not end a request line',
      'a line feed alone does not end a field',
      'a line feed alone does not end a head',
      'a line feed in a value begins no field',
      'a coding behind a line feed is refused',
    ],
  },
  {
    server: 'nginx',
    why: 'nginx forwards the Host of its configuration, here that of the header, and the path of an absolute target of any scheme.',
    cases: [
      'an absolute target with a port is read',
      'the host of an absolute target counts, not that of the Host header',
      'OPTIONS with an absolute target without a path asks for the whole server',
      'an absolute target of another scheme is refused',
    ],
  },
  {
    server: 'nginx',
    why: 'nginx refuses an empty Host.',
    cases: ['an empty Host is a Host'],
  },
  {
    server: 'nginx',
    why: 'nginx reads a line without a colon as a field without a value.',
    cases: ['a line without a colon is refused'],
  },
  {
    server: 'nginx',
    why: "nginx ignores most of a chunk's line and the trailers, and forwards chunks of its own.",
    cases: [
      'a space behind a size is refused',
      'a tab behind a size is refused',
      'two sizes are refused',
      'a line feed alone does not end a size',
      'a line feed alone does not end a chunk',
      'a line feed alone does not end the last chunk',
      'a line feed alone does not end the body',
      'a chunk extension with a NUL is refused',
      'a chunk extension with a DEL in its quotes is refused',
      'a chunk extension whose quotes do not end is refused',
      'a chunk extension with text behind its quotes is refused',
      'a length among the trailers is refused',
      'a coding among the trailers is refused',
      'a trailer without a colon is refused',
      'a trailer without a name is refused',
      'a trailer with a space before its colon is refused',
      'a trailer with a NUL is refused',
      'a trailer that is folded is refused',
      'a trailer with a line feed is refused',
      'a request instead of the empty line is refused',
      'trailers above the limit are refused',
      'chunk extensions above the limit are refused',
    ],
  },
  {
    server: 'nginx',
    why: 'nginx does not forward an expectation.',
    cases: [
      'an unknown expectation is refused',
      'an unknown expectation beside a known one is refused',
      'a longer expectation is refused',
    ],
  },
  {
    server: 'nginx',
    why: 'nginx finds the letters of close anywhere in Connection.',
    cases: ['a longer word is not close'],
  },
  {
    server: 'nginx',
    why: 'nginx keeps its client when the server ends a connection.',
    cases: ['nothing behind an answer before its body is read'],
  },
  {
    server: 'nginx',
    why: 'nginx adds fields to those of the client.',
    cases: ['100 fields are read'],
  },
]

const NODE_MAJOR = Number(process.versions.node.split('.')[0])

/** Why a server reads a case differently; undefined if it does not. */
export function differenceOf(server: OtherServer, name: string): string | undefined {
  const found = DIFFERENCES.find((each) => each.server === server && each.cases.includes(name))
  return found && NODE_MAJOR < (found.until ?? Number.POSITIVE_INFINITY) ? found.why : undefined
}
