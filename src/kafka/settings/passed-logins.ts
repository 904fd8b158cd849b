/** The credentials of requests, as those of their principals in Kafka. */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { PassThrough } from '../../config/index.ts'
import type { KafkaIdentity, Login, TokenIdentity } from './identity.ts'

const MAX_REMEMBERED = 10_000

/** Claims in which tokens of the same caller differ (RFC 7519, OpenID Connect). */
const CLAIMS_OF_ONE_TOKEN: ReadonlySet<string> = new Set(['exp', 'iat', 'nbf', 'jti', 'auth_time'])

/** The engine knows the tokens of callers by names with this prefix. */
const NAME_PREFIX = 'caller:'

/** Makes identities in Kafka of logins. Keeps no password. */
export class PassedLogins {
  readonly #passed: PassThrough
  /** By principals and tokens, until these end. */
  readonly #remembered = new LRUCache<string, TokenIdentity>({
    max: MAX_REMEMBERED,
    perf: Date,
  })

  constructor(passed: PassThrough) {
    this.#passed = passed
  }

  /** Returns the identity of a principal whose login is proven; undefined if such a login is not passed. */
  identityOf(principal: string, login: Login): KafkaIdentity | undefined {
    if (login.kind === 'token') {
      return this.#passed.tokens ? this.#identityOfToken(principal, login) : undefined
    }
    const { password: mechanism } = this.#passed
    const { password } = login
    if (!mechanism || !isWhole(principal) || !isWhole(password)) return undefined
    return { mechanism, username: principal, password }
  }

  /** Forgets tokens that have ended. */
  purge(): void {
    this.#remembered.purgeStale()
  }

  #identityOfToken(
    principal: string,
    { token, expiresAt }: Extract<Login, { kind: 'token' }>,
  ): TokenIdentity | undefined {
    const leftMs = expiresAt - Date.now()
    const key = `${principal}\n${token}`
    const known = this.#remembered.get(key)
    if (known) return known
    const identity = identityOf(principal, token)
    if (leftMs > 0 && Number.isFinite(leftMs)) {
      this.#remembered.set(key, identity, { ttl: Math.ceil(leftMs) })
    }
    return identity
  }
}

/** Kafka's mechanisms end a text at its first NUL, and know no empty one. */
function isWhole(text: string): boolean {
  return text !== '' && !text.includes('\0')
}

/**
 * Tokens are of the same caller if all claims are equal that do not belong to one token only: a broker may take the name of
 * the principal, its groups or its rights from any claim.
 */
function identityOf(principal: string, token: string): TokenIdentity {
  const claims = claimsOf(token)
  return {
    mechanism: 'OAUTHBEARER',
    tokenName:
      NAME_PREFIX + digestOf([principal, claims && !claims.isRounded ? claims.all : token]),
    owner: `${principal}\n${digestOf(claims ? subjectOf(claims, token) : token)}`,
  }
}

/** What tells callers with the same principal apart. A number that may be rounded is that of one token. */
function subjectOf({ all: { iss = null, sub = null }, isRounded }: Claims, token: string): unknown {
  const isExact = [iss, sub].every((claim) => claim === null || typeof claim === 'string')
  return isExact || !isRounded ? [iss, sub] : token
}

/** The claims of a token, without those of one token only. */
interface Claims {
  readonly all: Readonly<Record<string, unknown>>
  /** Whether different numbers may have become equal. */
  readonly isRounded: boolean
}

/** Numbers that JSON.parse() may make equal, although a broker tells them apart. */
const LONG_NUMBER = /[:[,]\s*-?(?:[\d.]{16}|[\d.]+[eE])/

/** The claims of a JWT, which was verified before; undefined for tokens that are compared as a whole. */
function claimsOf(token: string): Claims | undefined {
  try {
    const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    const claims: unknown = JSON.parse(text)
    if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return undefined
    const ofCaller = Object.entries(claims).filter(([name]) => !CLAIMS_OF_ONE_TOKEN.has(name))
    return { all: Object.fromEntries(ofCaller), isRounded: LONG_NUMBER.test(text) }
  } catch {
    return undefined
  }
}

function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('base64url')
}

/** The value with the members of its objects in the order of their names: issuers write them in any order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, sorted(member)] as const)
  // An array, because an object would order names that are numbers in another way.
  return { members: members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)) }
}
