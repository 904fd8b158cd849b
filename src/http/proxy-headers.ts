/**
 * The addresses of clients behind a proxy that speaks the PROXY protocol. Each connection of such a listener begins with a header,
 * or it is closed. What the header says is believed if the connection comes from a trusted address; other connections keep
 * their own address.
 */
import { LRUCache } from 'lru-cache'
import { networksTest } from '../config/index.ts'
import { addressText } from './address-text.ts'

/** A connection whose header was read. */
export interface ProxiedConnection {
  /** The 4 or 16 bytes of the address that it comes from. */
  getRemoteAddress(): ArrayBuffer
  /** The 4 or 16 bytes of the address that the header names; none if it names none. */
  getProxiedRemoteAddress(): ArrayBuffer
}

/** A proxy has few addresses; those of all clients would not fit. */
const REMEMBERED_ADDRESSES = 1000

/** See the top of this file. */
export class ProxyHeaders {
  readonly #contains: (address: string) => boolean
  readonly #verdicts = new LRUCache<string, boolean>({ max: REMEMBERED_ADDRESSES })

  /** @param senders the networks whose headers are believed */
  constructor(senders: readonly string[]) {
    this.#contains = networksTest(senders)
  }

  /** The 4 or 16 bytes of the client's address. */
  addressOf(connection: ProxiedConnection): ArrayBuffer {
    const peer = connection.getRemoteAddress()
    const proxied = connection.getProxiedRemoteAddress()
    return proxied.byteLength > 0 && this.#trusts(addressText(peer)) ? proxied : peer
  }

  #trusts(address: string): boolean {
    const known = this.#verdicts.get(address)
    if (known !== undefined) return known
    const verdict = this.#contains(address)
    this.#verdicts.set(address, verdict)
    return verdict
  }
}
