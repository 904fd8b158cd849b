/**
 * The HTTP client of the tests. Each of its responses is judged by the OpenAPI document, and errors
 * are noted. On `node:http` and not on `fetch`, which adds headers of its own: what becomes of a
 * request without Accept or Content-Type could not be asked with it.
 */
import { once } from 'node:events'
import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
} from 'node:http'
import { checkText, registerAuthorization } from '../cluster/secrets.ts'
import { checkResponse, findOperation } from './openapi-check.ts'
import { noteError } from './seen-errors.ts'

/** Headers of a request. */
export type Headers = Readonly<Record<string, string | number>>

/** Text and bytes go as they are; anything else but undefined goes as JSON. */
export type Body = string | Uint8Array | object | undefined

/** A whole response. */
export interface RestResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** What the text stands for, or undefined when it is no JSON. Digits may be lost here. */
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it, or name what they expect
  readonly body: any
}

/** Below the 8 to 12 seconds after which uWebSockets.js closes an idle connection. */
const IDLE_MS = 4000

/** A client of one proxy, which keeps connections. `close` it. */
export class RestClient {
  readonly #host: string
  readonly #port: string
  readonly #agent = new Agent({ keepAlive: true, timeout: IDLE_MS })

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#host = hostname
    this.#port = port
  }

  get(path: string, headers?: Headers): Promise<RestResponse> {
    return this.send('GET', path, undefined, headers)
  }

  post(path: string, body?: Body, headers?: Headers): Promise<RestResponse> {
    return this.send('POST', path, body, headers)
  }

  delete(path: string, headers?: Headers): Promise<RestResponse> {
    return this.send('DELETE', path, undefined, headers)
  }

  /** Sends a request, with a body under any method, and resolves to its judged response. */
  async send(method: string, path: string, body?: Body, headers?: Headers): Promise<RestResponse> {
    const bytes = bytesOf(body)
    const length = bytes === undefined ? {} : { 'content-length': bytes.length }
    const outgoing = this.begin(method, path, { ...length, ...headers })
    outgoing.end(bytes)
    return await this.judged(method, path, await responseTo(outgoing))
  }

  /** Begins a request whose body the caller writes; chunked, unless a Content-Length is given. */
  begin(method: string, path: string, headers: Headers = {}): ClientRequest {
    registerAuthorization(String(headers['authorization'] ?? ''))
    // Not as a URL: that would be normalised, and some paths are not normal.
    const target = { host: this.#host, port: this.#port, path }
    return request({ ...target, method, headers, agent: this.#agent })
  }

  /** Reads a response to its end, and judges it. */
  async judged(method: string, path: string, incoming: IncomingMessage): Promise<RestResponse> {
    const pieces: Buffer[] = []
    for await (const piece of incoming) pieces.push(piece)
    const text = Buffer.concat(pieces).toString()
    const { headers, statusCode: status = 0 } = incoming
    checkText(`the response to ${method} ${path.split('?')[0]}`, JSON.stringify(headers) + text)
    checkResponse(method, path, { status, contentType: headers['content-type'] ?? '', text })
    const body = parsed(text)
    const operation = findOperation(method, path)
    if (operation && status >= 400 && typeof body?.error_code === 'number') {
      noteError(operation.operationId, body.error_code)
    }
    return { status, headers, text, body }
  }

  /** Closes its connections. */
  close(): void {
    this.#agent.destroy()
  }
}

/** The response to a request, when its head is there. */
export async function responseTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  const [incoming] = await once(outgoing, 'response')
  return incoming
}

function bytesOf(body: Body): Buffer | undefined {
  if (body === undefined) return undefined
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body)
  return Buffer.from(JSON.stringify(body))
}

// biome-ignore lint/suspicious/noExplicitAny: as RestResponse.body
function parsed(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
