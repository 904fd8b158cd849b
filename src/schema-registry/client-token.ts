/** The token of the registry's client, by the grant `client_credentials` (RFC 6749, 4.4). */
import {
  type HttpAnswer,
  type HttpRequest,
  HttpSender,
  NoAnswerError,
  OversizedAnswerError,
} from './http-request.ts'

/** What the issuer of tokens is asked with. The secret is in no log, error or output. */
export interface ClientGrant {
  /** The URL of the token endpoint. */
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  /** Empty: none. */
  readonly scope: string
  /** A token is replaced so long before its end. */
  readonly bufferMs: number
}

const MAX_BYTES = 256 * 1024
/** The life of a token whose answer tells none. */
const DEFAULT_LIFE_SECONDS = 300
/** After a refusal, of the issuer or of the registry, the issuer is asked once in this time: it may count wrong attempts. */
const PAUSE_MS = 5_000
/** RFC 6750. */
const TOKEN = /^[\w\-.~+/]+=*$/

/** Gets tokens when they are needed, one request at a time, and keeps them for most of their life. */
export class ClientToken {
  readonly #grant: ClientGrant
  /** The authorities of the registry are not those of the issuer. */
  readonly #sender = new HttpSender({})
  #token = ''
  #freshUntil = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined
  #refusal: NoAnswerError | undefined
  #refusedAt = Number.NEGATIVE_INFINITY
  #forgottenAt = Number.NEGATIVE_INFINITY

  constructor(grant: ClientGrant) {
    this.#grant = grant
  }

  /**
   * Resolves to the value of an Authorization header. Rejects with a NoAnswerError.
   *
   * @param timeoutMs of a request to the issuer, if none is under way
   */
  async authorization(timeoutMs: number): Promise<string> {
    const now = performance.now()
    if (now >= this.#freshUntil) {
      if (this.#refusal && now - this.#refusedAt < PAUSE_MS) throw this.#refusal
      this.#asking ??= this.#ask(timeoutMs).finally(() => {
        this.#asking = undefined
      })
      await this.#asking
    }
    return `Bearer ${this.#token}`
  }

  /** The registry has refused this value: the next call asks for another token, unless one was refused a moment before. */
  forget(authorization: string | undefined): void {
    const now = performance.now()
    if (authorization !== `Bearer ${this.#token}` || now - this.#forgottenAt < PAUSE_MS) return
    this.#forgottenAt = now
    this.#freshUntil = Number.NEGATIVE_INFINITY
  }

  /** Closes the connections to the issuer. */
  close(): void {
    this.#sender.close()
  }

  async #ask(timeoutMs: number): Promise<void> {
    try {
      await this.#replace(timeoutMs)
      this.#refusal = undefined
    } catch (error) {
      // A failure that may be over soon is retried at the pace of the registry's client.
      if (error instanceof NoAnswerError && !error.isRetriable) {
        this.#refusal = error
        this.#refusedAt = performance.now()
      }
      throw error
    }
  }

  async #replace(timeoutMs: number): Promise<void> {
    const { url, clientId, clientSecret, scope, bufferMs } = this.#grant
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }) })
    const pair = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
    const request: HttpRequest = {
      method: 'POST',
      url: new URL(url),
      headers: {
        authorization: `Basic ${pair}`,
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: form.toString(),
    }
    const { status, body } = await this.#send(request, Math.ceil(timeoutMs))
    // The answer to a wrong secret will not be another one a moment later.
    if (status !== 200) throw refusal(`status ${status}`, status >= 500 || status === 429)
    const { token, lifeSeconds } = tokenIn(body)
    this.#token = token
    const lifeMs = lifeSeconds * 1000
    this.#freshUntil = performance.now() + Math.max(lifeMs - bufferMs, lifeMs / 2)
  }

  async #send(request: HttpRequest, timeoutMs: number): Promise<HttpAnswer> {
    const limits = { connectTimeoutMs: timeoutMs, readTimeoutMs: timeoutMs, timeoutMs }
    try {
      return await this.#sender.send(request, { ...limits, maxBodyBytes: MAX_BYTES })
    } catch (error) {
      if (error instanceof OversizedAnswerError) throw refusal(error.message, false)
      throw error
    }
  }
}

/** Quotes nothing of the answer. */
function tokenIn(body: string): { readonly token: string; readonly lifeSeconds: number } {
  let answer: { readonly access_token?: unknown; readonly expires_in?: unknown } | null
  try {
    answer = JSON.parse(body)
  } catch {
    throw refusal('no JSON', false)
  }
  const { access_token: token, expires_in: life } = answer ?? {}
  if (typeof token !== 'string' || !TOKEN.test(token)) throw refusal('no token', false)
  const lifeSeconds = Number(life ?? DEFAULT_LIFE_SECONDS)
  if (!(lifeSeconds > 0)) throw refusal('a token that has ended', false)
  return { token, lifeSeconds }
}

function refusal(what: string, isRetriable: boolean): NoAnswerError {
  return new NoAnswerError(
    `the issuer of tokens (schema.registry.bearer.auth.issuer.endpoint.url) answers with ${what}`,
    isRetriable,
  )
}
