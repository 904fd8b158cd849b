/**
 * Authenticates the requests of an event loop. Credentials that were valid are remembered for a minute, by a keyed digest;
 * others are checked by the process, while the body of the request waits.
 *
 *  1. An identity is never used after its end, nor after a change of the users or keys.
 *  2. What is wrong is not remembered: the process counts it each time.
 *  3. Requests with the same credentials wait for one check.
 */
import { hash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import {
  type AuthenticationMethod,
  isOpenPath,
  type ListenerAuthentication,
} from '../config/index.ts'
import { RestError } from '../errors.ts'
import type { Epoch } from './epoch.ts'
import type { Attempt, CredentialChecker, Identity, Verdict } from './verdict.ts'

/** A request that has to be authenticated: the part of an exchange that is used. */
export interface Caller {
  /** The index of the listener that got the request. */
  readonly listener: number
  readonly path: string
  readonly authorization: string
  readonly clientAddress: string
  principal: string | undefined
  roles: readonly string[]
  login: Pick<Identity, 'method' | 'principal' | 'expiresAt'> | undefined
}

/** What an event loop needs in order to authenticate requests. */
export interface GateParts {
  /** The authentication of each listener. */
  readonly listeners: readonly ListenerAuthentication[]
  /** The beginning of all paths: empty, or `/` and segments. */
  readonly basePath: string
  readonly checker: CredentialChecker
  readonly epoch: Epoch
}

/** An identity that was verified at some time. */
interface Remembered {
  readonly identity: Identity
  readonly epoch: number
}

const REMEMBERED_MS = 60_000
const MAX_REMEMBERED = 10_000
/** A check waits for other checks. */
const CHECK_TIMEOUT_MS = 10_000

const SCHEME = /^(basic|bearer) +([\x21-\x7e]+) *$/i
const METHODS: Readonly<Record<string, AuthenticationMethod>> = { basic: 'BASIC', bearer: 'BEARER' }
/** Of a refusal. Container pages of Confluent's proxy have this header, too. */
export const NOT_CACHED = ['Cache-Control', 'must-revalidate,no-cache,no-store'] as const

/** See the top of this file. */
export class Gate {
  readonly #parts: GateParts
  readonly #remembered = new LRUCache<string, Remembered>({
    max: MAX_REMEMBERED,
    ttl: REMEMBERED_MS,
    perf: performance,
  })
  readonly #checking = new Map<string, Promise<Verdict>>()
  readonly #digestKey = randomBytes(32).toString('base64')
  readonly #timeoutMs: number

  constructor(parts: GateParts, timeoutMs = CHECK_TIMEOUT_MS) {
    this.#parts = parts
    this.#timeoutMs = timeoutMs
  }

  /**
   * Sets the login, the principal and the roles of a request. Throws, or rejects with, 401, 403, 429 or 503. Settles within ten
   * seconds.
   */
  authenticate(caller: Caller): void | Promise<void> {
    const listener = this.#parts.listeners[caller.listener]
    if (!listener) throw new Error(`listener ${caller.listener} has no authentication`)
    const { basePath } = this.#parts
    if (listener.methods.length === 0 || skipsAuthentication(listener, basePath, caller.path)) {
      return
    }
    const [, scheme = '', credentials = ''] = SCHEME.exec(caller.authorization) ?? []
    const method = METHODS[scheme.toLowerCase()]
    if (!method || !listener.methods.includes(method)) throw unauthenticated(listener)
    const key = this.#keyOf(listener, caller.authorization)
    const known = this.#find(key)
    if (known) {
      admit(caller, known, listener)
      return
    }
    const { realm } = listener
    return this.#check(key, { method, credentials, realm, address: caller.clientAddress }).then(
      (verdict) => admit(caller, identityOf(verdict, method, listener), listener),
    )
  }

  /** An HMAC takes twice the time. It would protect a digest that somebody sees; these stay in a map. */
  #keyOf({ realm }: ListenerAuthentication, authorization: string): string {
    return hash('sha256', `${this.#digestKey}${realm}\n${authorization}`, 'base64')
  }

  #find(key: string): Identity | undefined {
    const remembered = this.#remembered.get(key)
    if (!remembered) return undefined
    const { identity, epoch } = remembered
    if (epoch === this.#parts.epoch.current && Date.now() < identity.expiresAt) return identity
    this.#remembered.delete(key)
    return undefined
  }

  async #check(key: string, attempt: Attempt): Promise<Verdict> {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<Verdict>((_, reject) => {
      timer = setTimeout(() => reject(new RestError('OUT_OF_TIME')), this.#timeoutMs)
    })
    return Promise.race([this.#ask(key, attempt), limit]).finally(() => clearTimeout(timer))
  }

  /** Returns the check of these credentials by the users and keys that count now: the running one, or a new one. */
  #ask(key: string, attempt: Attempt): Promise<Verdict> {
    const epoch = this.#parts.epoch.current
    const ofEpoch = `${epoch} ${key}`
    const running = this.#checking.get(ofEpoch)
    if (running) return running
    const checking = this.#parts.checker
      .checkCredentials(attempt)
      .then((verdict) => {
        if (verdict.kind !== 'accepted') return verdict
        // The users that have accepted it have changed meanwhile.
        if (epoch !== this.#parts.epoch.current) return this.#ask(key, attempt)
        this.#remembered.set(key, { identity: verdict.identity, epoch })
        return verdict
      })
      .finally(() => this.#checking.delete(ofEpoch))
    this.#checking.set(ofEpoch, checking)
    return checking
  }
}

/** Whether a path of a listener needs no authentication. */
export function skipsAuthentication(
  listener: ListenerAuthentication,
  basePath: string,
  path: string,
): boolean {
  return path.startsWith(basePath) && isOpenPath(listener, path.slice(basePath.length))
}

function identityOf(
  verdict: Verdict,
  method: AuthenticationMethod,
  listener: ListenerAuthentication,
): Identity {
  switch (verdict.kind) {
    case 'accepted':
      return verdict.identity
    case 'refused':
      throw unauthenticated(listener, method)
    case 'slowed':
      throw new RestError('TOO_MANY_LOGINS', undefined, {
        retryAfterSeconds: verdict.retryAfterSeconds,
      })
    case 'unavailable':
      throw new RestError('AUTHENTICATION_UNAVAILABLE')
  }
}

function admit(caller: Caller, identity: Identity, listener: ListenerAuthentication): void {
  caller.principal = identity.principal
  caller.roles = identity.roles
  if (!hasRole(identity, listener.roles)) throw new RestError('FORBIDDEN')
  caller.login = identity
}

/**
 * Whether one of the allowed roles is that of a client. `*` is any role, and `**` needs none. An issuer of tokens knows all of
 * its clients, and has no list of roles.
 */
export function hasRole(
  { method, roles }: Pick<Identity, 'method' | 'roles'>,
  allowed: readonly string[],
): boolean {
  if (allowed.includes('**') || (allowed.includes('*') && method === 'BEARER')) return true
  return allowed.includes('*') ? roles.length > 0 : roles.some((role) => allowed.includes(role))
}

/** @param failed the method whose credentials were not valid; undefined without credentials */
function unauthenticated(
  { methods, realm }: ListenerAuthentication,
  failed?: AuthenticationMethod,
): RestError {
  const text = realm.replace(/["\\]/g, '\\$&')
  const challenges = methods.map((method) => {
    if (method === 'BASIC') return `Basic realm="${text}"`
    const reason = failed === 'BEARER' ? ', error="invalid_token"' : ''
    return `Bearer realm="${text}"${reason}`
  })
  const headers = challenges.map((challenge) => ['WWW-Authenticate', challenge] as const)
  return new RestError('UNAUTHENTICATED', undefined, { headers: [...headers, NOT_CACHED] })
}
