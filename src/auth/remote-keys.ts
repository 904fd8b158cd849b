/**
 * The keys that sign tokens, from the URL of their issuer (JWKS, RFC 7517).
 *
 *  1. They are asked for again when they are ten minutes old, and when a token names an unknown key; at most each ten seconds.
 *  2. While the issuer does not answer, the last keys stay.
 */
import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose'
import type { Logger } from '../log.ts'

/** There are no keys: the issuer has never answered. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError'
}

const FRESH_MS = 600_000
const PAUSE_MS = 10_000
const TIMEOUT_MS = 5_000
const MAX_BYTES = 1024 * 1024
const MAX_KEYS = 100

/** The events of a set of keys. */
export interface RemoteKeysParts {
  readonly log: Logger
  /** Other keys than before count from now on. */
  readonly onChange: () => void
  readonly onLoad: (result: 'success' | 'failure') => void
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** See the top of this file. The process has one. */
export class RemoteKeys {
  readonly #url: string
  readonly #parts: RemoteKeysParts
  readonly #now: () => number
  #text = ''
  #keys: ReturnType<typeof createLocalJWKSet> | undefined
  #loadedAt = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY
  #loading: Promise<void> | undefined

  constructor(url: string, parts: RemoteKeysParts) {
    this.#url = url
    this.#parts = parts
    this.#now = parts.now ?? (() => performance.now())
  }

  /** Resolves to the key of a token. Rejects with a KeysUnavailableError, or an error of jose for an unknown key. */
  readonly find: JWTVerifyGetKey = async (header, token): Promise<CryptoKey> => {
    if (!this.#keys) await this.refresh()
    else if (this.#now() - this.#loadedAt > FRESH_MS) void this.refresh()
    if (!this.#keys) throw new KeysUnavailableError('The keys of tokens are not known.')
    try {
      return await this.#keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      await this.refresh()
      return this.#keys(header, token)
    }
  }

  /** Asks the issuer, unless it was asked in the last ten seconds. Does not reject. */
  refresh(): Promise<void> {
    if (!this.#loading && this.#now() - this.#triedAt >= PAUSE_MS) {
      this.#triedAt = this.#now()
      this.#loading = this.#load().finally(() => {
        this.#loading = undefined
      })
    }
    return this.#loading ?? Promise.resolve()
  }

  async #load(): Promise<void> {
    try {
      const text = await this.#fetch()
      const { keys } = JSON.parse(text) as JSONWebKeySet
      if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new Error('it has no list of keys')
      this.#keys = createLocalJWKSet({ keys })
      this.#loadedAt = this.#now()
      if (text !== this.#text) this.#parts.onChange()
      this.#text = text
      this.#parts.onLoad('success')
    } catch (error) {
      this.#parts.onLoad('failure')
      const { message, cause } = error as Error
      const reason = cause instanceof Error ? `${message}: ${cause.message}` : message
      this.#parts.log.error(
        { url: withoutUser(this.#url), reason },
        'keys of tokens cannot be read: those that were read before stay',
      )
    }
  }

  async #fetch(): Promise<string> {
    const response = await fetch(this.#url, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: 'application/jwk-set+json, application/json' },
    })
    const pieces: Uint8Array[] = []
    let bytes = 0
    for await (const piece of response.body ?? []) {
      pieces.push(piece)
      bytes += piece.length
      if (bytes > MAX_BYTES) throw new Error(`the response has more than ${MAX_BYTES} bytes`)
    }
    if (response.status !== 200) throw new Error(`the response has the status ${response.status}`)
    return Buffer.concat(pieces).toString()
  }
}

function withoutUser(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
