/**
 * Single HTTP requests with limits on time and bytes. The sender follows no redirect, retries no request that reached
 * a server, and interprets no response.
 *
 * The sender uses node:http and node:https, because Node's fetch accepts neither trust stores nor client certificates.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { ConnectionOptions } from 'node:tls'

/** A request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

/** Limits, in ms and bytes. */
export interface HttpLimits {
  /** The time until the connection is established. */
  readonly connectTimeoutMs: number
  /** The longest time without a byte of the response. */
  readonly readTimeoutMs: number
  /** The time for the whole request. */
  readonly timeoutMs: number
  readonly maxBodyBytes: number
}

/** A response. */
export interface HttpAnswer {
  readonly status: number
  /** The reason phrase, such as `Not Found`. */
  readonly reason: string
  readonly contentType: string
  /** The value in seconds; undefined when the header is absent or a date. */
  readonly retryAfterSeconds: number | undefined
  /** The target of a redirect. */
  readonly location: string | undefined
  readonly body: string
}

/** The request got no response. The message gives the reason without the address. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'
  /** Whether a retry may succeed; false for certificate errors. */
  readonly isRetriable: boolean

  constructor(message: string, isRetriable: boolean) {
    super(message)
    this.isRetriable = isRetriable
  }
}

/** The response exceeds `maxBodyBytes`. */
export class OversizedAnswerError extends Error {
  override readonly name = 'OversizedAnswerError'
}

/** The connection limit for each address. Further requests wait for a free connection. */
const MAX_CONNECTIONS = 8

/** Sends requests over kept-alive connections. */
export class HttpSender {
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: MAX_CONNECTIONS })
  readonly #https: HttpsAgent

  /** @param tls the trust store and the client certificate for `https:` URLs */
  constructor(tls: ConnectionOptions) {
    this.#https = new HttpsAgent({ ...tls, keepAlive: true, maxSockets: MAX_CONNECTIONS })
  }

  /**
   * Sends a request and reads the whole response.
   * @throws {NoAnswerError} when there is no response in time
   * @throws {OversizedAnswerError}
   */
  async send(request: HttpRequest, limits: HttpLimits): Promise<HttpAnswer> {
    const deadline = performance.now() + limits.timeoutMs
    for (;;) {
      const timeoutMs = Math.max(1, Math.ceil(deadline - performance.now()))
      try {
        return await this.#sendOnce(request, { ...limits, timeoutMs })
      } catch (error) {
        // Each stale connection leaves the pool, so the loop ends with a new connection.
        if (!(error instanceof StaleConnectionError)) throw error
      }
    }
  }

  /** Closes all connections. Pending requests fail. */
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

/** The server closed a kept-alive connection while it was being reused. All registry requests are repeatable. */
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

/** Error codes of OpenSSL and Node.js for invalid certificates and for handshakes that never succeed. */
const CERTIFICATE_CODE =
  /^(?:CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|INVALID_CA|PATH_LENGTH|HOSTNAME|ERR_TLS|ERR_SSL|EPROTO)/

function explained(error: Error & { code?: string }, isReused: boolean): Error {
  if (error instanceof NoAnswerError || error instanceof OversizedAnswerError) return error
  const { code = '' } = error
  if (isReused && (code === 'ECONNRESET' || code === 'EPIPE')) return new StaleConnectionError()
  return new NoAnswerError(describe(error), !CERTIFICATE_CODE.test(code))
}

/** A host with several IP addresses fails with an AggregateError, which has no message. */
function describe(error: Error): string {
  if (error instanceof AggregateError) {
    return [...new Set(error.errors.map((each: Error) => describe(each)))].join(', ')
  }
  const { syscall, code } = error as NodeJS.ErrnoException
  // The message of a system error contains the address.
  if (syscall !== undefined && code !== undefined) return `${syscall} ${code}`
  return error.message === 'aborted' ? 'the connection broke off amid the answer' : error.message
}
