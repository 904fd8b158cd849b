/**
 * Sends requests as they are written. On `node:http` and not on `fetch`, which adds an Accept of its
 * own, and sends no body with a GET.
 */
import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'

/** A whole answer. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** What the text stands for, or undefined when it is no JSON. */
  readonly json: unknown
  /** From the request's first byte to the answer's last. */
  readonly tookMs: number
}

/** What is sent. */
export interface Request {
  readonly method: string
  /** Below the proxy's URL, or absolute. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** The original waits a minute for topics that are not there. */
const DEADLINE_MS = 90_000

/** Resolves to the answer; throws when there is none within 90 s. */
export async function send(url: string, { method, target, headers, body }: Request) {
  const isAbsolute = target.startsWith('http:')
  const { host, hostname, port, pathname, search } = new URL(isAbsolute ? target : url)
  const started = performance.now()
  const outgoing = request({
    host: hostname,
    port,
    // Not as a URL: that would be normalised, and some paths are not normal.
    path: isAbsolute ? pathname + search : pathname.replace(/\/$/, '') + target,
    method,
    headers: {
      host,
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      ...headers,
    },
    agent: false,
    signal: AbortSignal.timeout(DEADLINE_MS),
  })
  outgoing.end(body)
  const [incoming] = await once(outgoing, 'response')
  const pieces: Buffer[] = []
  for await (const piece of incoming) pieces.push(piece)
  const text = Buffer.concat(pieces).toString()
  const tookMs = performance.now() - started
  return {
    status: incoming.statusCode,
    headers: incoming.headers,
    text,
    json: parsed(text),
    tookMs,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
