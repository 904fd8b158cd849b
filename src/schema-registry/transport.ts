/**
 * Asks the registry: over its addresses until one answers, again after a while when none does,
 * within a deadline. Gives JSON or a `RegistryError`. Doesn't know what the questions are.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { masked } from '../config/index.ts'
import type { Logger } from '../log.ts'
import { parseAnswer } from './answers.ts'
import { type Endpoint, Endpoints } from './endpoints.ts'
import { type HttpAnswer, HttpSender, NoAnswerError, OversizedAnswerError } from './http-request.ts'
import { RegistryError, type RegistryErrorDetails } from './registry-error.ts'
import type { RegistrySettings } from './settings.ts'

/** One call of the registry's API. */
export interface Call {
  readonly method: 'GET' | 'POST'
  /** Behind the address, with its query. */
  readonly path: string
  /** The text of a JSON document. */
  readonly body?: string
}

/** What was sent, and how that went. */
export interface TransportCounts {
  /** Requests to any address. */
  requests: number
  /** Those without an answer that could be used: no connection, too late, 408, 429, 5xx, no JSON. */
  failures: number
}

/** An answer is as long as a schema whose characters are all escaped, and what stands around it. */
const BYTES_PER_SCHEMA_BYTE = 2
const BYTES_BESIDE_SCHEMA = 1024 * 1024

/** Of the registry's own words that are passed on. */
const MAX_MESSAGE_CHARS = 4000

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json'
const HEADERS = {
  accept: `${MEDIA_TYPE}, application/vnd.schemaregistry+json;q=0.9, application/json;q=0.8`,
  'user-agent': 'sluice',
}

/** A failure, and what may be done about it. */
interface Failed {
  readonly error: RegistryError
  /** Another address may do better. */
  readonly isFailOver: boolean
  /** The same address may do better in a while. */
  readonly isRetriable: boolean
  /** When it wants to be asked again, in ms. */
  readonly retryAfterMs?: number
}

type Outcome = { readonly json: unknown } | Failed

/** See above. */
export class Transport {
  readonly #settings: RegistrySettings
  readonly #log: Logger
  readonly #endpoints: Endpoints
  readonly #sender: HttpSender
  readonly #closing = new AbortController()
  /** Addresses that failed when they were last asked. */
  readonly #down = new Set<Endpoint>()
  readonly counts: TransportCounts = { requests: 0, failures: 0 }

  constructor(settings: RegistrySettings, log: Logger) {
    this.#settings = settings
    this.#log = log
    this.#endpoints = new Endpoints(settings.endpoints)
    this.#sender = new HttpSender(settings.tls)
  }

  /**
   * The JSON value of a successful answer.
   * @param deadline of `performance.now()`, for all of it with fail-over and retries
   * @throws {RegistryError} when there is none
   */
  async call(call: Call, deadline: number): Promise<unknown> {
    const { method, path } = call
    let error = new RegistryError('unavailable', `There was no time left for ${method} ${path}.`)
    for (let retry = 0; !this.#closing.signal.aborted; retry++) {
      const outcome = await this.#tryAll(call, deadline)
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

  /** Closes all connections. What is on its way fails. */
  close(): void {
    this.#closing.abort()
    this.#sender.close()
  }

  /** The first success or refusal, else what failed; `undefined` when there was no time. */
  async #tryAll(call: Call, deadline: number): Promise<Outcome | undefined> {
    const endpoints = this.#endpoints.inOrder()
    const failures: Failed[] = []
    for (const [index, endpoint] of endpoints.entries()) {
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) break
      // An address that doesn't answer must leave time for the others.
      const outcome = await this.#tryOne(call, endpoint, leftMs / (endpoints.length - index))
      this.#note(endpoint, outcome)
      if ('json' in outcome || !outcome.isFailOver) return outcome
      failures.push(outcome)
    }
    return combined(failures)
  }

  async #tryOne(call: Call, endpoint: Endpoint, timeoutMs: number): Promise<Outcome> {
    const { method, path, body } = call
    // Without the address, which is the operator's: clients are shown what this begins.
    const what = `${method} ${path}`
    this.counts.requests++
    try {
      const answer = await this.#sender.send(
        {
          method,
          url: new URL(endpoint.url + path),
          headers: {
            ...HEADERS,
            ...endpoint.headers,
            ...(body !== undefined && { 'content-type': MEDIA_TYPE }),
          },
          body,
        },
        {
          connectTimeoutMs: this.#settings.connectTimeoutMs,
          readTimeoutMs: this.#settings.readTimeoutMs,
          timeoutMs: Math.ceil(timeoutMs),
          maxBodyBytes: BYTES_BESIDE_SCHEMA + BYTES_PER_SCHEMA_BYTE * this.#settings.maxSchemaBytes,
        },
      )
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
      this.#log.warn({ registry: endpoint.url, reason, redirectsTo }, 'registry failed')
    } else {
      this.#endpoints.prefer(endpoint)
      if (this.#down.delete(endpoint))
        this.#log.info({ registry: endpoint.url }, 'registry is back')
    }
  }

  /** With jitter, so that many processes don't come back at once. */
  #backOffMs(retry: number): number {
    const { retryWaitMs, retryMaxWaitMs } = this.#settings
    return Math.min(retryWaitMs * 2 ** retry, retryMaxWaitMs) * (0.5 + Math.random() / 2)
  }
}

/** One failure that stands for all, with a retry if any is worth it. */
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

/** Not followed: the credentials are for the address that the operator has named. */
function redirected(what: string, { status, location = 'nowhere' }: HttpAnswer): Failed {
  // A query may hold what is as good as a password.
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
  // Refusals are in Confluent's words; which of several registries is in trouble says nobody else.
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
