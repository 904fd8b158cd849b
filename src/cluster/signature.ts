/**
 * Signatures of requests between the processes of a cluster: HMAC-SHA256 with their common secret. A signature is valid
 * for one request, at one process, for seconds; its receiver accepts it once.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Login } from '../kafka/settings/identity.ts'

/** What a process tells another of the request of its client. */
export interface ClientRequest {
  /** `scheme://host:port` of the client's URL; empty without a Host header. */
  readonly origin: string
  /** The client's address; empty if the request log does not contain it. */
  readonly address: string
  /** The name of the authenticated client; empty without one. */
  readonly principal: string
  /** The login of the client, if Kafka is shown that: only over TLS, see checkIdentity(). */
  readonly login?: Login | undefined
  /** A random text, the same for all processes that get the request one after the other. */
  readonly call: string
  /** A process that got the request before may have begun it. */
  readonly isRepeated: boolean
}

/** The parts of a request that its signature covers. */
export interface SignedRequest {
  /** The URL of the process that gets the request: a signature is worthless elsewhere. */
  readonly audience: string
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly client: ClientRequest
}

/** A request whose signature is valid. */
export interface VerifiedRequest {
  /** Accepted once: see nonces.ts. */
  readonly nonce: string
  readonly client: ClientRequest
  /** The hash that the body must have. */
  readonly bodyHash: string
}

/** The scheme of the Authorization header, and the challenge of a process that refuses a signature (RFC 9110, 11.6.1). */
export const SCHEME = 'Sluice-Peer'

/** The longest difference between the clocks of two processes, plus the time of a request's way. */
export const VALID_MS = 10_000

const FORM =
  /^Sluice-Peer time=(\d{1,15}),nonce=([\w-]{22}),client=([\w-]+),body=([\w-]{43}),mac=([\w-]{43})$/

/** Signs and checks requests. */
export class PeerSignature {
  readonly #secret: string
  readonly #now: () => number
  constructor(secret: string, now: () => number = Date.now) {
    this.#secret = secret
    this.#now = now
  }

  /** Returns the Authorization header of a request with this body. */
  sign(request: SignedRequest, body: Uint8Array, nonce = newNonce()): string {
    const time = String(this.#now())
    const hash = hashOf(body)
    const client = Buffer.from(JSON.stringify(request.client)).toString('base64url')
    const mac = this.#mac(request, time, nonce, client, hash).toString('base64url')
    return `${SCHEME} time=${time},nonce=${nonce},client=${client},body=${hash},mac=${mac}`
  }

  /** Checks the Authorization header of a request; undefined unless it is valid. */
  verify(request: Omit<SignedRequest, 'client'>, header: string): VerifiedRequest | undefined {
    const [, time = '', nonce = '', client = '', bodyHash = '', mac = ''] = FORM.exec(header) ?? []
    if (mac === '') return undefined
    const expected = this.#mac(request, time, nonce, client, bodyHash)
    const given = Buffer.from(mac, 'base64url')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    if (Math.abs(this.#now() - Number(time)) > VALID_MS) return undefined
    return { nonce, client: JSON.parse(String(Buffer.from(client, 'base64url'))), bodyHash }
  }

  /** Proves to a caller with `nonce` that the process at `url` knows the secret. */
  prove(nonce: string, url: string, baseUrl: string): string {
    return this.#hmac(['proof', nonce, url, baseUrl]).toString('base64url')
  }

  /** Whether `proof` is that of a process at `url`. */
  isProof(proof: string, nonce: string, url: string, baseUrl: string): boolean {
    const expected = Buffer.from(this.prove(nonce, url, baseUrl))
    const given = Buffer.from(proof)
    return given.length === expected.length && timingSafeEqual(given, expected)
  }

  #mac(
    { audience, method, target }: Omit<SignedRequest, 'client'>,
    time: string,
    nonce: string,
    client: string,
    bodyHash: string,
  ): Buffer {
    return this.#hmac(['request', time, nonce, audience, method, target, client, bodyHash])
  }

  /** The parts are a JSON array, so that no two lists of parts have the same bytes. */
  #hmac(parts: readonly string[]): Buffer {
    return createHmac('sha256', this.#secret).update(JSON.stringify(parts)).digest()
  }
}

/** A random number, which names a signature. */
export function newNonce(): string {
  return randomBytes(16).toString('base64url')
}

/** The hash of a body in a signature. */
export function hashOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('base64url')
}
