/**
 * Sends requests to other processes of the cluster, over kept connections. A process gets nothing before it has proved
 * that it knows the secret: anybody with the rights of a member could enter an address in the group.
 */
import type { Reply, StreamReply } from '../http/route.ts'
import type { TlsOptions } from '../http/server.ts'
import type { TraceHeaders } from '../http/trace.ts'
import type { Logger } from '../log.ts'
import { PENDING_MS } from './deliveries.ts'
import {
  type BodyReceiver,
  NoResponseError,
  PeerConnections,
  type PeerResponse,
} from './peer-connections.ts'
import { type ClientRequest, newNonce, type PeerSignature, SCHEME } from './signature.ts'

/** A request as another process gets it. */
export interface ForwardedRequest {
  readonly method: string
  /** Path and query, in ASCII. */
  readonly target: string
  readonly client: ClientRequest
  /** The media type of the response. */
  readonly accept: string
  /** The media type of the body. */
  readonly contentType: string
  readonly id: string
  /** The trace of the request; undefined without one. */
  readonly trace?: TraceHeaders | undefined
  readonly body: Uint8Array | undefined
  /** Whether the request ends when the client ends its half of the connection. */
  readonly endsWithClient: boolean
}

/** The other process cannot serve the request: it does not own the instance, or cannot be reached. */
export class WrongPeerError extends Error {
  override readonly name = 'WrongPeerError'
  /** Whether the other process may have begun the request. */
  readonly mayHaveBegun: boolean

  constructor(message: string, mayHaveBegun = false) {
    super(message)
    this.mayHaveBegun = mayHaveBegun
  }
}

/** A process that has proved its knowledge of the secret. */
interface KnownPeer {
  /** The beginning of its URLs for clients; empty if it advertises none. */
  readonly baseUrl: string
  readonly validUntil: number
}

/** A proof is asked for again after this time. */
const PROOF_VALID_MS = 60_000
const PROOF_TIMEOUT_MS = 3_000
const MAX_PROOF_BYTES = 4096
const CONFIRM_TIMEOUT_MS = 3_000
/** The log tells the same about a process again after this time. */
const TELL_AGAIN_MS = 60_000

/** Headers of a response that are returned to the client. */
const RETURNED_HEADERS = ['Retry-After', 'X-Sluice-Positions'] as const

const EMPTY = new Uint8Array(0)

/** A request of a process itself. */
const OWN_REQUEST = {
  method: 'GET',
  client: { origin: '', address: '', principal: '', call: '', isRepeated: false },
  accept: 'application/json',
  contentType: '',
  id: 'peer',
  body: EMPTY,
  endsWithClient: false,
} as const

/** The size of `[]`, the response of a read without records, which is not confirmed. */
export const NO_RECORDS_BYTES = 2

/** The path at which processes tell that a client has a response. */
export const DELIVERIES_PATH = '/peer/deliveries'

/** The path at which processes prove their knowledge of the secret. */
export const PROOF_PATH = '/peer/proof'

/** The client of all other processes. */
export class PeerClient {
  readonly #connections = new PeerConnections()
  readonly #signature: PeerSignature
  readonly #basePath: string
  readonly #log: Logger
  readonly #known = new Map<string, KnownPeer>()
  /** What the log has told of processes that gave no proof. */
  readonly #told = new Map<string, { readonly reason: string; readonly at: number }>()

  /** @param basePath the beginning of all paths */
  constructor(signature: PeerSignature, basePath: string, log: Logger) {
    this.#signature = signature
    this.#basePath = basePath
    this.#log = log
  }

  /** Closes the connections that are not used. */
  close(): void {
    this.#connections.close()
  }

  /** See PeerConnections. A process has to prove its knowledge of the secret again. */
  replaceTls(tls: TlsOptions | undefined): void {
    this.#known.clear()
    this.#connections.replaceTls(tls)
  }

  /** The beginning of the URLs of a process for clients. Rejects with a WrongPeerError. */
  async baseUrlOf(url: string): Promise<string> {
    return (await this.#prove(url)).baseUrl
  }

  /**
   * Sends a request, and resolves when the head of the response has arrived. `signal` ends the request at any time.
   * Rejects with a WrongPeerError if another process should be asked.
   */
  async forward(
    url: string,
    sent: ForwardedRequest,
    signal: AbortSignal,
  ): Promise<Reply | StreamReply> {
    await this.#prove(url)
    const body = sent.body ?? EMPTY
    const nonce = newNonce()
    const incoming = await this.#send(url, { ...sent, body }, signal, nonce)
    const { status } = incoming
    if (status === 421 || isRefusedSignature(incoming)) {
      skipBody(incoming)
      throw new WrongPeerError(`${url} answered ${status}`)
    }
    return replyOf(incoming, sent, (delivered) => this.#confirm(url, nonce, delivered))
  }

  /** Tells the owner of an instance whether a client has the whole response to its read; undefined while it takes it. */
  #confirm(url: string, nonce: string, delivered: boolean | undefined): void {
    const outcome = delivered === undefined ? '' : `&delivered=${delivered ? 1 : 0}`
    const target = `${this.#basePath}${DELIVERIES_PATH}?nonce=${nonce}${outcome}`
    this.#send(
      url,
      { ...OWN_REQUEST, method: 'POST', target },
      AbortSignal.timeout(CONFIRM_TIMEOUT_MS),
    ).then(
      skipBody,
      () => {}, // The owner returns the records after a while.
    )
  }

  async #send(
    url: string,
    sent: ForwardedRequest & { readonly body: Uint8Array },
    signal: AbortSignal,
    nonce?: string,
  ): Promise<PeerResponse> {
    const { method, target, client, accept, contentType, id, trace, body } = sent
    const signed = { audience: url, method, target, client }
    const authorization = this.#signature.sign(signed, body, nonce)
    const headers = {
      authorization,
      'x-request-id': id,
      ...(trace && { traceparent: trace.traceparent }),
      ...(trace && trace.tracestate !== '' && { tracestate: trace.tracestate }),
      ...(accept !== '' && { accept }),
      ...(body.length > 0 && { 'content-type': contentType }),
      ...((body.length > 0 || method === 'POST') && { 'content-length': `${body.length}` }),
    }
    try {
      return await this.#connections.request(url, { method, target, headers, body }, signal)
    } catch (error) {
      this.#known.delete(url)
      const wasSent = error instanceof NoResponseError && error.wasSent
      throw new WrongPeerError(`${url}: ${(error as Error).message}`, wasSent)
    }
  }

  async #prove(url: string): Promise<KnownPeer> {
    const known = this.#known.get(url)
    if (known && performance.now() < known.validUntil) return known
    try {
      const peer = await this.#askForProof(url)
      this.#known.set(url, peer)
      this.#told.delete(url)
      return peer
    } catch (error) {
      this.#tell(url, (error as Error).message)
      throw error
    }
  }

  /** Requests ask again several times a second. */
  #tell(url: string, reason: string): void {
    const told = this.#told.get(url)
    if (told?.reason === reason && performance.now() < told.at + TELL_AGAIN_MS) return
    this.#told.set(url, { reason, at: performance.now() })
    this.#log.warn({ url, reason }, 'cluster: a process gets no requests')
  }

  async #askForProof(url: string): Promise<KnownPeer> {
    const nonce = newNonce()
    const incoming = await this.#send(
      url,
      { ...OWN_REQUEST, target: `${this.#basePath}${PROOF_PATH}?nonce=${nonce}` },
      AbortSignal.timeout(PROOF_TIMEOUT_MS),
    ).catch((error: Error) => {
      throw new WrongPeerError(error.message)
    })
    const { proof, base_url: baseUrl } = await answerOf(incoming, url)
    if (!this.#signature.isProof(proof, nonce, url, baseUrl)) {
      throw new WrongPeerError(`${url} does not know sluice.peer.secret, or has another address`)
    }
    return { baseUrl, validUntil: performance.now() + PROOF_VALID_MS }
  }
}

/** A response with 401 may also be that of Kafka to the client. */
function isRefusedSignature({ status, headers }: PeerResponse): boolean {
  return status === 401 && headers.get('www-authenticate') === SCHEME
}

/** Its connection is free for the next request afterwards. */
function skipBody(incoming: PeerResponse): void {
  const take = (_: Uint8Array, taken: () => void) => taken()
  incoming.receive({ send: take, finish: take }, () => {})
}

async function answerOf(
  incoming: PeerResponse,
  url: string,
): Promise<{ proof: string; base_url: string }> {
  try {
    const { proof, base_url } = JSON.parse(await textOf(incoming)) as Record<string, unknown>
    return { proof: String(proof), base_url: String(base_url) }
  } catch (error) {
    throw new WrongPeerError(`${url} gave no proof: ${(error as Error).message}`)
  }
}

function textOf(incoming: PeerResponse): Promise<string> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0)
    const take = (piece: Uint8Array, taken: () => void) => {
      bytes = Buffer.concat([bytes, piece])
      if (bytes.length > MAX_PROOF_BYTES) incoming.destroy()
      taken()
    }
    const finish = (piece: Uint8Array, taken: () => void) => {
      take(piece, taken)
      resolve(bytes.toString())
    }
    incoming.receive({ send: take, finish }, () => reject(new Error('it is cut or too long')))
  })
}

function replyOf(
  incoming: PeerResponse,
  sent: ForwardedRequest,
  confirm: (delivered: boolean | undefined) => void,
): Reply | StreamReply {
  const { status } = incoming
  const headers = RETURNED_HEADERS.flatMap((name) => {
    const value = incoming.headers.get(name.toLowerCase())
    return value === undefined ? [] : [[name, value] as const]
  })
  const contentType = incoming.headers.get('content-type') ?? ''
  if (status === 204 || sent.method === 'HEAD') {
    skipBody(incoming)
    // The response to HEAD has the length of the body that GET would get.
    const length = Number(incoming.headers.get('content-length') ?? 0)
    return { status, contentType, headers, body: status === 204 ? null : new Uint8Array(length) }
  }
  return {
    status,
    contentType,
    headers,
    endsWithClient: sent.endsWithClient,
    stream: (response) => {
      let bytes = 0
      let isComplete = false
      const isRead = sent.endsWithClient && status === 200
      const confirmRead = (delivered: boolean | undefined) => {
        if (isRead && bytes > NO_RECORDS_BYTES) confirm(delivered)
      }
      const pending = isRead ? setInterval(() => confirmRead(undefined), PENDING_MS) : undefined
      response.onAborted = () => {
        clearInterval(pending)
        if (isComplete) confirmRead(false)
        incoming.destroy()
      }
      const receiver: BodyReceiver = {
        send: (piece, taken) => {
          bytes += piece.length
          response.send(piece, taken)
        },
        finish: (piece, taken) => {
          bytes += piece.length
          isComplete = true
          response.finish(piece, () => {
            clearInterval(pending)
            taken()
            confirmRead(true)
          })
        },
      }
      incoming.receive(receiver, () => response.close())
    },
  }
}
