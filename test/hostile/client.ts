/** Sends requests of any size, and takes what comes back: an answer, or the end of the connection. */
import { Agent, type IncomingMessage, request } from 'node:http'
import { V2 } from '../media-types.ts'

/** A request. */
export interface Shot {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Of its body; V2 when absent. */
  readonly type?: string
  readonly body?: string | Uint8Array
}

/** What came back. */
export interface Answer {
  /** 0 when the connection ended without an answer. */
  readonly status: number
  readonly bytes: number
  /** Its beginning. */
  readonly text: string
}

/** Characters that are kept of an answer. */
const KEPT = 64 * 1024
const DEADLINE_MS = 120_000

/** A client with connections of its own, which it keeps. `close` it. */
export class Client {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true, timeout: 4000 })

  constructor(url: string) {
    this.#url = url
  }

  /** Never rejects. */
  send({ method, path, headers = {}, type = V2, body }: Shot): Promise<Answer> {
    return new Promise((resolve) => {
      const outgoing = request(this.#url + path, {
        method,
        agent: this.#agent,
        timeout: DEADLINE_MS,
        headers: {
          ...(body !== undefined && {
            'content-type': type,
            'content-length': Buffer.byteLength(body),
          }),
          ...headers,
        },
      })
      const fail = (error: Error) => resolve({ status: 0, bytes: 0, text: error.message })
      outgoing.on('response', (incoming) => {
        answerOf(incoming).then(resolve, fail)
      })
      // Behind an answer this changes nothing: the other side closes while the body is on its way.
      outgoing.on('error', fail)
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')))
      outgoing.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

async function answerOf(incoming: IncomingMessage): Promise<Answer> {
  let bytes = 0
  let text = ''
  for await (const piece of incoming) {
    bytes += piece.length
    if (text.length < KEPT) text += piece.toString('latin1')
  }
  return { status: incoming.statusCode ?? 0, bytes, text }
}
