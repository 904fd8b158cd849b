/** The requests that Node's own parser reads from the bytes of a connection: the second opinion on each mutant. */

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

interface Binding {
  readonly HTTPParser: ParserClass
  readonly methods: readonly string[]
  readonly allMethods?: readonly string[]
}

const MAX_HEAD_BYTES = 32_768

const binding = (process as unknown as { binding(name: string): Binding }).binding('http_parser')
const { HTTPParser } = binding
const METHODS = binding.allMethods ?? binding.methods

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
    request = `${METHODS[method]} ${target ?? url}`
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
