/** A registry that misbehaves as a test tells it to: for the faults that no real one can be made to have. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that came. */
export interface SeenRequest {
  readonly method: string
  /** The path with its query. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** What it does with a request. */
export type Behaviour = (request: SeenRequest, response: ServerResponse) => void

/** Answers with JSON. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}) {
  return (_: SeenRequest, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(value))
  }
}

/** Answers with an error as registries do. */
export function failure(status: number, errorCode: number, headers?: Record<string, string>) {
  return json(status, { error_code: errorCode, message: `No luck (${errorCode})` }, headers)
}

/** Answers with anything. */
export function text(status: number, type: string, body: string): Behaviour {
  return (_, response) => {
    response.writeHead(status, { 'content-type': type })
    response.end(body)
  }
}

const CHUNK = Buffer.alloc(1024 * 1024, 'a')

/** Answers for as long as somebody listens. */
export const endless: Behaviour = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  const write = () => {
    while (!response.destroyed && response.write(CHUNK));
    if (!response.destroyed) response.once('drain', write)
  }
  write()
}

/** Answers nothing, ever. */
export const silence: Behaviour = () => {}

/** The schema of any id. */
export const aSchema: Behaviour = json(200, { schema: '"string"' })

/** See above. */
export class FaultyRegistry {
  readonly #server: Server
  readonly #queue: Behaviour[] = []
  readonly requests: SeenRequest[] = []
  /** What it does when nothing else is queued. */
  behaviour: Behaviour = aSchema

  private constructor(server: Server) {
    this.#server = server
  }

  /** Starts one. `createWith` makes the server, of HTTP unless it says otherwise. */
  static async start(createWith: () => Server = createServer): Promise<FaultyRegistry> {
    const server = createWith()
    const registry = new FaultyRegistry(server)
    server.on('request', (request, response) => void registry.#serve(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return registry
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** What it does with the next requests, one each. */
  next(...behaviours: Behaviour[]): void {
    this.#queue.push(...behaviours)
  }

  /** The paths asked for so far. */
  get paths(): string[] {
    return this.requests.map(({ path }) => path)
  }

  /** How many connections there are. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
    })
  }

  /** Ends all connections, though not what serves new ones. */
  disconnect(): void {
    this.#server.closeAllConnections()
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const request = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString(),
    }
    this.requests.push(request)
    const behaviour = this.#queue.shift() ?? this.behaviour
    behaviour(request, response)
  }
}
