/** The requests that Node's own parser reads from the bytes of a connection: the second opinion on each mutant. */
import { METHODS as METHOD_NAMES } from 'node:http'
import { createRequire } from 'node:module'

/** What Node's parser makes of a connection. */
export interface Opinion {
  /** `METHOD TARGET BODY` of each complete request. */
  readonly requests: readonly string[]
  /** Whether it read to the end or to an error. It does not read on behind close, CONNECT, and an upgrade. */
  readonly isComplete: boolean
}

interface Parser {
  initialize(type: number, resource: object, maxHeaderSize: number): void
  execute(bytes: Buffer): number | (Error & { code?: string })
  [callback: number]: (...values: never[]) => unknown
}

interface ParserClass {
  new (): Parser
  readonly REQUEST: number
  readonly kOnHeaders: number
  readonly kOnHeadersComplete: number
  readonly kOnBody: number
  readonly kOnMessageComplete: number
}

const MAX_HEAD_BYTES = 32_768

const { HTTPParser }: { HTTPParser: ParserClass } = createRequire(import.meta.url)('_http_common')

/** The parser tells a method by a number, which has no table that is public. */
const METHODS: ReadonlyMap<number, string> = new Map(
  METHOD_NAMES.map((name) => [numberOf(name), name]),
)

function numberOf(method: string): number {
  let number = -1
  const parser = new HTTPParser()
  parser.initialize(HTTPParser.REQUEST, {}, MAX_HEAD_BYTES)
  parser[HTTPParser.kOnHeadersComplete] = (
    _major: number,
    _minor: number,
    _: unknown,
    read: number,
  ) => {
    number = read
    return 0
  }
  const target = method === 'CONNECT' ? 'x:1' : '/'
  parser.execute(Buffer.from(`${method} ${target} HTTP/1.1\r\n\r\n`))
  return number
}

/** Reads the bytes of a connection. */
export function opinionOfNode(bytes: Buffer): Opinion {
  const requests: string[] = []
  let request = ''
  let body = ''
  const parser = new HTTPParser()
  parser.initialize(HTTPParser.REQUEST, {}, MAX_HEAD_BYTES)
  let url = ''
  parser[HTTPParser.kOnHeaders] = (_headers: unknown, part: string) => {
    url += part
  }
  parser[HTTPParser.kOnHeadersComplete] = (
    _major: number,
    _minor: number,
    _headers: unknown,
    method: number,
    target: string | undefined,
  ) => {
    request = `${METHODS.get(method)} ${target ?? url}`
    body = ''
    return 0
  }
  parser[HTTPParser.kOnBody] = (piece: Buffer) => {
    body += piece.toString('latin1')
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    requests.push(`${request} ${body}`)
    // Trailers come with the target, too.
    url = ''
  }
  const result = parser.execute(bytes)
  const isComplete =
    result instanceof Error ? result.code !== 'HPE_CLOSED_CONNECTION' : result === bytes.length
  return { requests, isComplete }
}
