/**
 * Calls the registry's API: fail-over across its URLs, and retries with back-off, within a deadline. The result is
 * JSON or a `RegistryError`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { masked } from '../config/index.ts'
import type { Logger } from '../log.ts'
import { parseAnswer } from './answers.ts'
import { ClientToken } from './client-token.ts'
import { type Endpoint, Endpoints } from './endpoints.ts'
import { type HttpAnswer, HttpSender, NoAnswerError, OversizedAnswerError } from './http-request.ts'
import { RegistryError, type RegistryErrorDetails } from './registry-error.ts'
import type { RegistrySettings } from './settings.ts'

/** One API call. */
export interface Call {
  readonly method: 'GET' | 'POST'
  /** The path and query, relative to the URL. */
  readonly path: string
  /** A JSON text. */
  readonly body?: string
}

/** Counts of requests and failures. */
export interface TransportCounts {
  /** Requests to any URL. */
  requests: number
  /** Requests without a usable response: no connection, timeout, 408, 429, 5xx, invalid JSON. */
  failures: number
}

/** Limits of a response: a schema with every character escaped, and the members around it. */
const BYTES_PER_SCHEMA_BYTE = 2
const BYTES_BESIDE_SCHEMA = 1024 * 1024

/** The limit for the registry's own messages in ours. */
const MAX_MESSAGE_CHARS = 4000

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json'
const HEADERS = {
  accept: `${MEDIA_TYPE}, application/vnd.schemaregistry+json;q=0.9, application/json;q=0.8`,
  'user-agent': 'sluice',
}

/** A failure with the possible reactions. */
interface Failed {
  readonly error: RegistryError
  /** Another URL may succeed. */
  readonly isFailOver: boolean
  /** The same URL may succeed later. */
  readonly isRetriable: boolean
  /** The delay that the registry asked for, in ms. */
  readonly retryAfterMs?: number
}

type Outcome = { readonly json: unknown } | Failed

/** Calls one registry. */
export class Transport {
  readonly #settings: RegistrySettings
  readonly #log: Logger
  readonly #endpoints: Endpoints
  readonly #sender: HttpSender
  /** Undefined if the credentials are those of the URLs. */
  readonly #token: ClientToken | undefined
  readonly #closing = new AbortController()
  /** URLs whose last request failed. */
  readonly #down = new Set<Endpoint>()
  readonly counts: TransportCounts = { requests: 0, failures: 0 }

  constructor(settings: RegistrySettings, log: Logger) {
    this.#settings = settings
    this.#log = log
    this.#endpoints = new Endpoints(settings.endpoints)
    this.#sender = new HttpSender(settings.tls)
    const { grant } = settings
    this.#token = grant && new ClientToken(grant)
  }

  /**
   * Returns the JSON of a successful response.
   * @param deadline in `performance.now()` time, for all URLs and retries
   * @param login the caller's value of Authorization, in the place of the configured credentials
   * @throws {RegistryError} when there is none
   */
  async call(call: Call, deadline: number, login?: string): Promise<unknown> {
    const { method, path } = call
    let error = new RegistryError('unavailable', `There was no time left for ${method} ${path}.`)
    for (let retry = 0; !this.#closing.signal.aborted; retry++) {
      const outcome = await this.#tryAll(call, deadline, login)
      if (outcome === undefined) throw error
      if ('json' in outcome) return outcome.json
      error = outcome.error
      const waitMs = Math.max(this.#backOffMs(retry), outcome.retryAfterMs ?? 0)
      const isTooLate = performance.now() + waitMs >= deadline
      if (!outcome.isRetriable || retry >= this.#settings.maxRetries || isTooLate) throw error
      await sleep(waitMs, undefined, { signal: this.#closing.signal }).catch(() => {})
    }
    throw new RegistryError('unavailable', 'Sluice is stopping.')
  }

  /** Closes all connections. Pending requests fail. */
  close(): void {
    this.#closing.abort()
    this.#sender.close()
    this.#token?.close()
  }

  /** Returns the first success or refusal, otherwise the combined failure; `undefined` when no time was left. */
  async #tryAll(
    call: Call,
    deadline: number,
    login: string | undefined,
  ): Promise<Outcome | undefined> {
    const endpoints = this.#endpoints.inOrder()
    const failures: Failed[] = []
    for (const [index, endpoint] of endpoints.entries()) {
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) break
      // A URL that does not respond must leave time for the others.
      const timeoutMs = leftMs / (endpoints.length - index)
      const outcome = await this.#tryOne(call, endpoint, timeoutMs, login)
      this.#note(endpoint, outcome)
      if ('json' in outcome || !outcome.isFailOver) return outcome
      failures.push(outcome)
    }
    return combined(failures)
  }

  async #tryOne(
    call: Call,
    endpoint: Endpoint,
    timeoutMs: number,
    login: string | undefined,
  ): Promise<Outcome> {
    const { method, path, body } = call
    // Clients see this text, so it does not contain the operator's URL.
    const what = `${method} ${path}`
    this.counts.requests++
    const end = performance.now() + timeoutMs
    try {
      const authorization = login ?? (await this.#token?.authorization(timeoutMs))
      const answer = await this.#sender.send(
        {
          method,
          url: new URL(endpoint.url + path),
          headers: {
            ...HEADERS,
            ...(isPassword(login) ? {} : endpoint.headers),
            ...(authorization !== undefined && { authorization }),
            ...(body !== undefined && { 'content-type': MEDIA_TYPE }),
          },
          body,
        },
        {
          connectTimeoutMs: this.#settings.connectTimeoutMs,
          readTimeoutMs: this.#settings.readTimeoutMs,
          timeoutMs: Math.max(1, Math.ceil(end - performance.now())),
          maxBodyBytes: BYTES_BESIDE_SCHEMA + BYTES_PER_SCHEMA_BYTE * this.#settings.maxSchemaBytes,
        },
      )
      // It may have ended before its time: the next request gets another one.
      if (answer.status === 401) this.#token?.forget(authorization)
      return judged(what, answer)
    } catch (error) {
      return failedWithout(what, error)
    }
  }

  #note(endpoint: Endpoint, outcome: Outcome): void {
    const isDown = 'error' in outcome && outcome.isFailOver
    if (isDown) {
      this.counts.failures++
      if (this.#down.has(endpoint)) return
      this.#down.add(endpoint)
      const { message: reason, redirectsTo } = outcome.error
      this.#log.warn({ registry: endpoint.url, reason, redirectsTo }, 'the schema registry failed')
    } else {
      this.#endpoints.prefer(endpoint)
      if (this.#down.delete(endpoint))
        this.#log.info({ registry: endpoint.url }, 'the schema registry answers again')
    }
  }

  /** Returns the delay with jitter, so that several processes do not retry at the same time. */
  #backOffMs(retry: number): number {
    const { retryWaitMs, retryMaxWaitMs } = this.#settings
    return Math.min(retryWaitMs * 2 ** retry, retryMaxWaitMs) * (0.5 + Math.random() / 2)
  }
}

/** The configured headers of callers are those of their tokens. */
function isPassword(login: string | undefined): boolean {
  return login?.startsWith('Basic ') === true
}

/** Combines failures into one, which is retriable if any of them is. */
function combined(failures: readonly Failed[]): Failed | undefined {
  const failed = failures.find(({ isRetriable }) => isRetriable) ?? failures[0]
  if (failed === undefined) return undefined
  if (failures.length === 1) return failed
  const { failure, status, errorCode } = failed.error
  const message = failures.map(({ error }) => error.message).join(' ')
  return { ...failed, error: new RegistryError(failure, message, { status, errorCode }) }
}

function failedWithout(what: string, error: unknown): Failed {
  if (error instanceof OversizedAnswerError) {
    return unreadable(`${what} was answered with ${error.message}.`)
  }
  if (!(error instanceof NoAnswerError)) throw error
  return {
    error: new RegistryError('unavailable', `${what} got no answer: ${masked('', error.message)}.`),
    isFailOver: true,
    isRetriable: error.isRetriable,
  }
}

function judged(what: string, answer: HttpAnswer): Outcome {
  const { status, retryAfterSeconds } = answer
  if (status >= 200 && status < 300) return jsonOf(what, answer)
  if (status >= 300 && status < 400) return redirected(what, answer)
  const isRetriable = status === 408 || status === 429 || status >= 500
  const error = statusError(what, answer, isRetriable)
  return {
    error,
    isRetriable,
    isFailOver: isRetriable,
    ...(retryAfterSeconds !== undefined && { retryAfterMs: retryAfterSeconds * 1000 }),
  }
}

function jsonOf(what: string, { contentType, body }: HttpAnswer): Outcome {
  try {
    return { json: parseAnswer(body) }
  } catch {
    return unreadable(
      `${what} was answered with ${contentType} that is no complete JSON. ` +
        'Is schema.registry.url that of a schema registry?',
    )
  }
}

/** Reports a redirect. Redirects are not followed, because the credentials are for the configured URL only. */
function redirected(what: string, { status, location = 'nowhere' }: HttpAnswer): Failed {
  // The query of a redirect may contain secrets.
  const withoutQuery = location.replace(/[?#].*$/s, '')
  return unreadable(
    `${what} was answered with ${status}, a redirect, which is not followed. Set ` +
      'schema.registry.url to where the schema registry is; the log says where that may be.',
    { status, redirectsTo: masked('', withoutQuery) },
  )
}

function statusError(what: string, answer: HttpAnswer, isRetriable: boolean): RegistryError {
  const { status, reason, contentType } = answer
  const { message, errorCode } = errorMembers(answer.body)
  const failure = isRetriable ? 'unavailable' : 'refused'
  const answered = `${what} was answered with ${status} ${reason}`
  if (message === undefined) {
    const text = `${answered} and ${contentType} that is no error of a schema registry.`
    return new RegistryError(failure, text, { status, errorCode })
  }
  // Refusals keep Confluent's wording. Other failures name the call, because several registries may be configured.
  const words = `${masked('', message.slice(0, MAX_MESSAGE_CHARS))}; error code: ${errorCode}`
  const text = isRetriable ? `${answered}: ${words}` : words
  return new RegistryError(failure, text, { status, errorCode })
}

function errorMembers(body: string): { message?: string; errorCode?: number } {
  try {
    const { error_code: errorCode, message } = parseAnswer(body) as Record<string, unknown>
    return typeof errorCode === 'number' && typeof message === 'string'
      ? { errorCode, message }
      : {}
  } catch {
    return {}
  }
}

function unreadable(message: string, details?: RegistryErrorDetails): Failed {
  const error = new RegistryError('unreadable', message, details)
  return { error, isFailOver: true, isRetriable: false }
}
