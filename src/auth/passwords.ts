/** Checks names and passwords with the users of their realm. */
import { createHmac, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { ChecksInProgress } from './checks-in-progress.ts'
import { LoginPace } from './login-pace.ts'
import type { User, Users } from './users.ts'
import type { Attempt, Verdict } from './verdict.ts'

/** A password that was verified is not hashed again until this time after its last use, as long as the file has the same hash. */
const VERIFIED_MS = 600_000
const MAX_VERIFIED = 10_000
/** Node.js has four threads for all of its work. */
const MAX_RUNNING = 2
/** What a check of a quarter of a second lets begin before the request gives up, which is after ten seconds. */
const MAX_WAITING = 60

/** A comparison with the users of a file. */
interface Comparison {
  readonly users: Users
  readonly verdict: Promise<Verdict>
}

/** Checks passwords, for all event loops of the process. */
export class Passwords {
  readonly #usersOf: (realm: string) => Users | undefined
  readonly #pace = new LoginPace()
  readonly #checks = new ChecksInProgress({ maxRunning: MAX_RUNNING, maxWaiting: MAX_WAITING })
  /** The stored form of passwords that were verified, by a keyed digest of realm, name and password. */
  readonly #verified = new LRUCache<string, string>({
    max: MAX_VERIFIED,
    ttl: VERIFIED_MS,
    updateAgeOnGet: true,
  })
  /** The comparisons that run, by address and digest: each event loop asks about a client with several connections. */
  readonly #running = new Map<string, Comparison>()
  readonly #digestKey = randomBytes(32)

  /** @param usersOf the current users of a realm */
  constructor(usersOf: (realm: string) => Users | undefined) {
    this.#usersOf = usersOf
  }

  /** Rejects when a hash cannot be computed. */
  async check({ credentials, realm, address }: Attempt): Promise<Verdict> {
    const users = this.#usersOf(realm)
    const given = parseBasic(credentials)
    if (!users || !given) return { kind: 'refused' }
    const digest = this.#digestOf(realm, credentials)
    const known = users.get(given.name)
    if (known && this.#verified.get(digest) === known.stored) return accepted(known)
    const key = `${address} ${digest}`
    const running = this.#running.get(key)
    if (running?.users === users) return running.verdict
    const comparison = { users, verdict: this.#compare(users, given, address, digest) }
    this.#running.set(key, comparison)
    try {
      return await comparison.verdict
    } finally {
      if (this.#running.get(key) === comparison) this.#running.delete(key)
    }
  }

  async #compare(
    users: Users,
    { name, password }: { readonly name: string; readonly password: string },
    address: string,
    digest: string,
  ): Promise<Verdict> {
    if (this.#checks.isFull) return { kind: 'slowed', retryAfterSeconds: 1 }
    const login = this.#pace.begin(name, address)
    if (typeof login === 'number') {
      return { kind: 'slowed', retryAfterSeconds: Math.ceil(login / 1000) }
    }
    try {
      const user = await this.#checks.run(() => users.find(name, password))
      if (!user) return { kind: 'refused' }
      login.succeed()
      this.#verified.set(digest, user.stored)
      return accepted(user)
    } catch (error) {
      login.cancel()
      throw error
    }
  }

  #digestOf(realm: string, credentials: string): string {
    const parts = JSON.stringify([realm, credentials])
    return createHmac('sha256', this.#digestKey).update(parts).digest('base64')
  }
}

function accepted({ name, roles }: User): Verdict {
  const expiresAt = Number.POSITIVE_INFINITY
  return { kind: 'accepted', identity: { method: 'BASIC', principal: name, roles, expiresAt } }
}

const BASE64 = /^[\w+/-]+={0,2}$/
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Parses the credentials of Basic (RFC 7617); undefined for malformed ones. They are UTF-8, or else ISO-8859-1. */
export function parseBasic(credentials: string): { name: string; password: string } | undefined {
  if (!BASE64.test(credentials)) return undefined
  const text = decoded(Buffer.from(credentials, 'base64'))
  const colon = text.indexOf(':')
  if (colon <= 0) return undefined
  return { name: text.slice(0, colon), password: text.slice(colon + 1) }
}

function decoded(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    return bytes.toString('latin1')
  }
}
