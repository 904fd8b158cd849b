/**
 * Sends requests as they are written. On `node:http` and not on `fetch`, which adds an Accept of its
 * own, and sends no body with a GET.
 */
import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { request as requestOverTls } from 'node:https'

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

/** Resolves to the answer; throws, with what was asked, when there is none within 90 s. */
export async function send(url: string, asked: Request): Promise<Answer> {
  try {
    return await answerTo(url, asked)
  } catch (error) {
    const { method, target } = asked
    const isLate = (error as Error).name === 'AbortError'
    const reason = isLate ? `none within ${DEADLINE_MS / 1000} s` : (error as Error).message
    throw new Error(`no answer to ${method} ${target}: ${reason}`)
  }
}

async function answerTo(url: string, { method, target, headers, body }: Request): Promise<Answer> {
  const isAbsolute = /^https?:/.test(target)
  const { protocol, host, hostname, port, pathname, search } = new URL(isAbsolute ? target : url)
  const started = performance.now()
  const outgoing = (protocol === 'https:' ? requestOverTls : request)({
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
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  const pieces: Buffer[] = []
  for await (const piece of incoming) pieces.push(piece)
  const text = Buffer.concat(pieces).toString()
  const tookMs = performance.now() - started
  const { statusCode: status = 0, headers: received } = incoming
  return { status, headers: received, text, json: parsed(text), tookMs }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
