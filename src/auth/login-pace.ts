/**
 * Slows down those who guess passwords. Each check of a password takes a token, and gives it back if the password is
 * right. There are tokens
 *
 *  1. for a name at an address: a client with an old password uses up these, and nothing of others;
 *  2. for an address, whatever the names;
 *  3. for a name, whatever the addresses.
 *
 * An address from which a name has logged in before needs only tokens of the first kind: nobody else can lock that client out.
 */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { networkOf } from '../config/index.ts'

/** A number of tokens, which grows by one each `refillMs` up to `capacity`. */
interface Rate {
  readonly capacity: number
  readonly refillMs: number
}

const PAIR: Rate = { capacity: 5, refillMs: 10_000 }
const ADDRESS: Rate = { capacity: 20, refillMs: 2_000 }
const NAME: Rate = { capacity: 20, refillMs: 5_000 }

/** The most names, addresses and pairs of both that are remembered. Those used least are forgotten. */
const REMEMBERED = 10_000

/** A check that has begun. */
export interface Login {
  /** The password is right. A wrong one keeps the tokens. */
  succeed(): void
  /** The password was not checked. */
  cancel(): void
}

/** See the top of this file. One object for the process. */
export class LoginPace {
  readonly #pairs: Tokens
  readonly #addresses: Tokens
  readonly #names: Tokens
  readonly #proven = new LRUCache<string, true>({ max: REMEMBERED })

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#pairs = new Tokens(PAIR, now)
    this.#addresses = new Tokens(ADDRESS, now)
    this.#names = new Tokens(NAME, now)
  }

  /** Begins a check, or returns the number of milliseconds after which the next one may begin. */
  begin(name: string, address: string): Login | number {
    const nameKey = shortened(name)
    const network = networkOf(address)
    const pair = `${nameKey} ${network}`
    const taken: (readonly [Tokens, string])[] = [[this.#pairs, pair]]
    if (!this.#proven.has(pair)) taken.push([this.#addresses, network], [this.#names, nameKey])
    const waitMs = Math.max(...taken.map(([tokens, key]) => tokens.waitFor(key)))
    if (waitMs > 0) return waitMs
    for (const [tokens, key] of taken) tokens.take(key)
    const giveBack = () => {
      for (const [tokens, key] of taken) tokens.giveBack(key)
    }
    return {
      succeed: () => {
        giveBack()
        this.#proven.set(pair, true)
      },
      cancel: giveBack,
    }
  }
}

/** The tokens of one kind, by name or address. */
class Tokens {
  readonly #rate: Rate
  readonly #now: () => number
  readonly #left = new LRUCache<string, { count: number; at: number }>({ max: REMEMBERED })

  constructor(rate: Rate, now: () => number) {
    this.#rate = rate
    this.#now = now
  }

  /** Milliseconds until there is a token; 0 if there is one. */
  waitFor(key: string): number {
    const count = this.#countOf(key)
    return count >= 1 ? 0 : Math.ceil((1 - count) * this.#rate.refillMs)
  }

  take(key: string): void {
    this.#left.set(key, { count: this.#countOf(key) - 1, at: this.#now() })
  }

  giveBack(key: string): void {
    const count = Math.min(this.#rate.capacity, this.#countOf(key) + 1)
    if (count === this.#rate.capacity) this.#left.delete(key)
    else this.#left.set(key, { count, at: this.#now() })
  }

  #countOf(key: string): number {
    const { capacity, refillMs } = this.#rate
    const left = this.#left.get(key)
    if (!left) return capacity
    return Math.min(capacity, left.count + (this.#now() - left.at) / refillMs)
  }
}

/** Names may be as long as a header. */
function shortened(name: string): string {
  return createHash('sha256').update(name).digest('base64')
}
