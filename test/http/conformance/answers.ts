/** Reads the answers of a recorder from the bytes of a connection, and accepts nothing that is not strictly HTTP/1.1. */

/** A header that a proxy adds to each request that it forwards. The server's answer has it, too. */
export const ID_HEADER = 'proxy-id'
/** A header that the proxy adds to an answer: the id of the request that it takes it for. */
export const ANSWER_HEADER = 'proxy-answer'
/** The header by which a recorder tells which request it answers; its value is escaped for a URL. */
export const READ_HEADER = 'x-read'

/** What the bytes of a connection contain. */
export interface Answers {
  /** `STATUS`, or `STATUS METHOD TARGET …`; see Case. */
  readonly answers: readonly string[]
  /** What those tell of their requests: `METHOD TARGET …`. */
  readonly reads: readonly string[]
  /** Answers that a proxy gave to another request than the server did. */
  readonly swapped: readonly string[]
  /** Behind the last complete answer. */
  readonly rest: Buffer
}

interface Answer {
  readonly text: string
  readonly read: string
  readonly isSwapped: boolean
  readonly size: number
}

interface Body {
  readonly text: string
  readonly size: number
}

/** A longer body, or a longer target, is told by its length. */
const SHOWN = 300

/** A part of a request as an answer tells it. */
export function shown(text: string): string {
  return text.length > SHOWN ? `<${text.length}>` : text
}

/** All complete answers. `hasEnded`: nothing follows the bytes. Throws for what is no HTTP. */
export function readAnswers(bytes: Buffer, hasEnded: boolean): Answers {
  const answers: string[] = []
  const reads: string[] = []
  const swapped: string[] = []
  let rest = bytes
  for (;;) {
    const answer = readAnswer(rest, hasEnded)
    if (!answer) return { answers, reads, swapped, rest }
    answers.push(answer.text)
    if (answer.read !== '') reads.push(answer.read)
    if (answer.isSwapped) swapped.push(answer.text)
    rest = rest.subarray(answer.size)
  }
}

function readAnswer(bytes: Buffer, hasEnded: boolean): Answer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const status = /^HTTP\/1\.1 (\d{3}) [\t -~]*$/.exec(statusLine)?.[1]
  if (status === undefined) throw new Error(`no status line: ${JSON.stringify(statusLine)}`)
  const headers = readHeaders(lines)
  const read = decodeURIComponent(headers.get(READ_HEADER) ?? '')
  const hasNoBody = /^(1..|204|304)$/.test(status) || read.startsWith('HEAD ')
  const rest = bytes.subarray(headEnd + 4)
  const body = hasNoBody ? { text: '', size: 0 } : readBody(rest, headers, hasEnded)
  if (!body) return undefined
  checkHeaders(status, headers)
  const keepsAlive =
    headers.get('connection')?.toLowerCase() === 'keep-alive' && / 1\.0(?: |$)/.test(read)
  return {
    text: [status, read, keepsAlive ? 'keep-alive' : ''].filter((part) => part !== '').join(' '),
    read,
    // An answer of the proxy itself has no id of the server.
    isSwapped: headers.has(ID_HEADER) && headers.get(ANSWER_HEADER) !== headers.get(ID_HEADER),
    size: headEnd + 4 + body.size,
  }
}

function readHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name = '', value = ''] = /^([\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    if (name === '') throw new Error(`no header of an answer: ${JSON.stringify(line)}`)
    const key = name.toLowerCase()
    if (headers.has(key)) throw new Error(`${name} comes twice in an answer`)
    headers.set(key, value)
  }
  return headers
}

/** RFC 9112, 6.1 and 6.2: framing that an answer must not have. */
function checkHeaders(status: string, headers: ReadonlyMap<string, string>): void {
  const hasLength = headers.has('content-length')
  const hasCoding = headers.has('transfer-encoding')
  if (hasLength && hasCoding) throw new Error(`a length and a coding in an answer of ${status}`)
  if (/^(1..|204)$/.test(status) && (hasLength || hasCoding)) {
    throw new Error(`an answer of ${status} has a length or a coding`)
  }
}

function readBody(
  bytes: Buffer,
  headers: ReadonlyMap<string, string>,
  hasEnded: boolean,
): Body | undefined {
  if (headers.get('transfer-encoding') === 'chunked') return readChunks(bytes)
  const length = headers.get('content-length')
  if (length === undefined) {
    return hasEnded ? { text: bytes.toString('latin1'), size: bytes.length } : undefined
  }
  const size = Number(length)
  return bytes.length < size ? undefined : { text: bytes.toString('latin1', 0, size), size }
}

function readChunks(bytes: Buffer): Body | undefined {
  let text = ''
  for (let at = 0; ; ) {
    const chunk = readChunk(bytes, at)
    if (!chunk || chunk.text === '') return chunk && { text, size: chunk.size }
    text += chunk.text
    at = chunk.size
  }
}

/** The chunk at an offset; its size is the offset behind it. The last one is empty. */
function readChunk(bytes: Buffer, at: number): Body | undefined {
  const lineEnd = bytes.indexOf('\r\n', at)
  if (lineEnd < 0) return undefined
  const length = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
  if (!(length >= 0)) throw new Error('a chunk of an answer has no size')
  const end = lineEnd + 2 + length + 2
  if (bytes.length < end) return undefined
  if (bytes.toString('latin1', end - 2, end) !== '\r\n') {
    throw new Error('a chunk of an answer does not end')
  }
  return { text: bytes.toString('latin1', lineEnd + 2, end - 2), size: end }
}
