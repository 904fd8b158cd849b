/**
 * One HTTP request to one address, bounded in time and in bytes. Follows no redirect, retries
 * nothing, and judges no answer.
 *
 * Node's own http and https, as its fetch takes neither authorities nor certificates of a client.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { ConnectionOptions } from 'node:tls'

/** What to send. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

/** Bounds, in ms and bytes. */
export interface HttpLimits {
  /** Until there is a connection. */
  readonly connectTimeoutMs: number
  /** Without any byte of the answer. */
  readonly readTimeoutMs: number
  /** For all of it. */
  readonly timeoutMs: number
  readonly maxBodyBytes: number
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number
  /** Such as `Not Found`. */
  readonly reason: string
  readonly contentType: string
  /** In seconds; absent when there is none, or a date. */
  readonly retryAfterSeconds: number | undefined
  /** Where a redirect leads to. */
  readonly location: string | undefined
  readonly body: string
}

/** There is no answer. The message says why, without the address. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'
  /** Whether another try may succeed; not so when it is the certificate that is wrong. */
  readonly isRetriable: boolean

  constructor(message: string, isRetriable: boolean) {
    super(message)
    this.isRetriable = isRetriable
  }
}

/** The answer is longer than `maxBodyBytes`. */
export class OversizedAnswerError extends Error {
  override readonly name = 'OversizedAnswerError'
}

/** Connections beyond this many, to one address, wait for another to be free. */
const MAX_CONNECTIONS = 8

/** Sends requests over connections that are kept. */
export class HttpSender {
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: MAX_CONNECTIONS })
  readonly #https: HttpsAgent

  /** @param tls for `https:` addresses: what to trust and what to show */
  constructor(tls: ConnectionOptions) {
    this.#https = new HttpsAgent({ ...tls, keepAlive: true, maxSockets: MAX_CONNECTIONS })
  }

  /**
   * Sends, and reads the answer to its end.
   * @throws {NoAnswerError} when there is none in time
   * @throws {OversizedAnswerError}
   */
  async send(request: HttpRequest, limits: HttpLimits): Promise<HttpAnswer> {
    const deadline = performance.now() + limits.timeoutMs
    for (;;) {
      const timeoutMs = Math.max(1, Math.ceil(deadline - performance.now()))
      try {
        return await this.#sendOnce(request, { ...limits, timeoutMs })
      } catch (error) {
        // Each of them leaves one kept connection less, until there is a new one.
        if (!(error instanceof StaleConnectionError)) throw error
      }
    }
  }

  /** Closes all connections. What is on its way fails. */
  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  #sendOnce(request: HttpRequest, limits: HttpLimits): Promise<HttpAnswer> {
    const isHttps = request.url.protocol === 'https:'
    const send = isHttps ? httpsRequest : httpRequest
    const { method, url, headers, body } = request
    return new Promise((resolve, reject) => {
      const outgoing = send(url, {
        method,
        agent: isHttps ? this.#https : this.#http,
        headers: {
          ...headers,
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        },
      })
      const end = (message: string) => outgoing.destroy(new NoAnswerError(message, true))
      const total = setTimeout(end, limits.timeoutMs, `no answer within ${limits.timeoutMs} ms`)
      const connect = setTimeout(
        end,
        limits.connectTimeoutMs,
        `no connection within ${limits.connectTimeoutMs} ms`,
      )
      outgoing.once('socket', (socket) => {
        if (socket.connecting) {
          socket.once(isHttps ? 'secureConnect' : 'connect', () => clearTimeout(connect))
        } else {
          clearTimeout(connect)
        }
      })
      outgoing.setTimeout(limits.readTimeoutMs, () =>
        end(`nothing came for ${limits.readTimeoutMs} ms`),
      )
      outgoing.once('upgrade', (_incoming, socket) => {
        socket.destroy()
        reject(new NoAnswerError('the answer was 101 Switching Protocols', true))
      })
      outgoing.once('response', (incoming) => {
        readBody(incoming, limits.maxBodyBytes).then(
          (text) => resolve(answerOf(incoming, text)),
          (error) => reject(explained(error, false)),
        )
      })
      outgoing.once('error', (error) => reject(explained(error, outgoing.reusedSocket)))
      outgoing.once('close', () => {
        clearTimeout(total)
        clearTimeout(connect)
      })
      outgoing.end(body)
    })
  }
}

/** The server closed a kept connection just when it was used again. All questions may be repeated. */
class StaleConnectionError extends Error {}

async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming) {
    bytes += chunk.length
    // Leaving the loop closes the connection.
    if (bytes > maxBytes) throw new OversizedAnswerError(`more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function answerOf(incoming: IncomingMessage, body: string): HttpAnswer {
  const { statusCode = 0, statusMessage = '', headers } = incoming
  const retryAfter = Number(headers['retry-after'] ?? Number.NaN)
  return {
    status: statusCode,
    reason: statusMessage,
    contentType: headers['content-type'] ?? 'no content type',
    retryAfterSeconds: retryAfter >= 0 ? retryAfter : undefined,
    location: headers.location,
    body,
  }
}

/** Codes of OpenSSL's and Node's verdicts on a certificate, and of handshakes that never succeed. */
const CERTIFICATE_CODE =
  /^(?:CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|INVALID_CA|PATH_LENGTH|HOSTNAME|ERR_TLS|ERR_SSL|EPROTO)/

function explained(error: Error & { code?: string }, isReused: boolean): Error {
  if (error instanceof NoAnswerError || error instanceof OversizedAnswerError) return error
  const { code = '' } = error
  if (isReused && (code === 'ECONNRESET' || code === 'EPIPE')) return new StaleConnectionError()
  return new NoAnswerError(describe(error), !CERTIFICATE_CODE.test(code))
}

/** A host with several IP addresses fails with an error for each, and no message of its own. */
function describe(error: Error): string {
  if (error instanceof AggregateError) {
    return [...new Set(error.errors.map((each: Error) => describe(each)))].join(', ')
  }
  const { syscall, code } = error as NodeJS.ErrnoException
  // The message of a system call ends with the address.
  if (syscall !== undefined && code !== undefined) return `${syscall} ${code}`
  return error.message === 'aborted' ? 'the connection broke off amid the answer' : error.message
}
