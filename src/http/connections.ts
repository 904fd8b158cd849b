/**
 * Limits of connections. At a limit the server accepts no connection: new connections wait in the kernel until
 * a connection is closed, as with Confluent's proxy. A connection above the limit of its address is closed,
 * because in the queue it would block connections of other addresses.
 */
import type { Logger } from '../log.ts'
import { addressText } from './address-text.ts'
import type { ConnectionTotals } from './connection-totals.ts'
import type { Listener } from './listeners.ts'
import type { ProxiedConnection, ProxyHeaders } from './proxy-headers.ts'

/** Largest numbers of open connections. 0 is no limit. */
export interface ConnectionLimits {
  readonly max: number
  /** The limit for the connections of a listener. */
  readonly maxPerListener: number
  /** The limit for the connections of a client address. */
  readonly maxPerAddress: number
}

/** The file descriptors of the process. */
export interface Descriptors {
  /** The number of open ones: connections, sockets to Kafka, files. */
  openDescriptors(): number
  /** The largest number of open ones. */
  descriptorLimit(): number
}

/** Counts the connections of each client address. */
export interface Peers {
  /**
   * Whether the connection at this descriptor is among the first `max` of its client. `address` has the 4 or 16 bytes of the
   * client's address; without them it is that of the other end.
   */
  admit(descriptor: number, max: number, address?: ArrayBuffer): boolean
  /** The connection at this descriptor was closed. */
  onClosed(descriptor: number): void
}

/** A new connection. */
export interface RawConnection extends ProxiedConnection {
  close(): unknown
}

/** Connections leave this share of all descriptors to Kafka's sockets, up to the maximum. */
const RESERVED_SHARE = 1 / 4
const RESERVED_MAX = 1024

/** The server does not see the sockets to Kafka open and close, and counts them in this interval. */
const COUNT_INTERVAL_MS = 1000

/** Connections of other event loops are closed unseen: a paused listener looks for room in this interval. */
const RECHECK_MS = 50

/** An event that may occur at every connection is logged once in this interval. */
const LOG_INTERVAL_MS = 60_000

/** All connections of a server. The limits are those of the process, whose event loops share the totals. */
export class Connections {
  readonly #limits: ConnectionLimits
  readonly #descriptors: Descriptors
  readonly #peers: Peers
  readonly #totals: ConnectionTotals
  readonly #listeners: readonly Listener[]
  readonly #log: Logger
  readonly #count: NodeJS.Timeout
  readonly #loggedAt = new Map<string, number>()
  #recheck: NodeJS.Timeout | undefined
  /** Descriptors besides connections, at the last count. */
  #others = 0
  #descriptorLimit = 0
  #open = 0
  #refused = 0
  #pauses = 0

  constructor(
    limits: ConnectionLimits,
    descriptors: Descriptors,
    peers: Peers,
    totals: ConnectionTotals,
    listeners: readonly Listener[],
    log: Logger,
  ) {
    this.#limits = limits
    this.#descriptors = descriptors
    this.#peers = peers
    this.#totals = totals
    this.#listeners = listeners
    this.#log = log
    this.#count = setInterval(() => this.countDescriptors(), COUNT_INTERVAL_MS)
    this.#count.unref()
  }

  /** The number of open connections of this server. */
  get open(): number {
    return this.#open
  }

  /** The number of connections that were closed at the limit of their address. */
  get refused(): number {
    return this.#refused
  }

  /** The number of pauses in accepting. */
  get pauses(): number {
    return this.#pauses
  }

  /** A listener has accepted a connection, which this may close. With `proxyHeaders` its client is not known yet. */
  onOpen(
    listener: Listener,
    connection: RawConnection,
    descriptor: number,
    proxyHeaders?: ProxyHeaders,
  ): void {
    this.#open++
    this.#totals.add(this.#listeners.indexOf(listener), 1)
    const { maxPerAddress } = this.#limits
    if (maxPerAddress > 0 && !proxyHeaders && !this.#peers.admit(descriptor, maxPerAddress)) {
      this.#refuse(connection, connection.getRemoteAddress())
    }
    this.#update()
  }

  /** The client of an open connection is known from now on. This may close the connection. */
  onProxyHeader(
    connection: RawConnection,
    descriptor: number,
    proxyHeaders: ProxyHeaders | undefined,
  ): void {
    const { maxPerAddress } = this.#limits
    if (maxPerAddress === 0 || !proxyHeaders) return
    const address = proxyHeaders.addressOf(connection)
    if (!this.#peers.admit(descriptor, maxPerAddress, address)) this.#refuse(connection, address)
  }

  /** A connection is about to be closed, as it does not begin with a header of the PROXY protocol. */
  onMalformedProxyHeader(listener: Listener, connection: RawConnection): void {
    this.#warn(
      'proxy',
      `a connection from ${addressText(connection.getRemoteAddress())} to port ${listener.port} was closed: it did not begin ` +
        'with a header of the PROXY protocol, which proxy.protocol.enabled expects.',
    )
  }

  onClose(listener: Listener, descriptor: number): void {
    this.#open--
    this.#totals.add(this.#listeners.indexOf(listener), -1)
    if (this.#limits.maxPerAddress > 0) this.#peers.onClosed(descriptor)
    this.#update()
  }

  /** Counts the other descriptors; pauses or resumes the listeners. */
  countDescriptors(): void {
    this.#descriptorLimit = this.#descriptors.descriptorLimit()
    this.#others = Math.max(0, this.#descriptors.openDescriptors() - this.#totals.all)
    this.#update()
  }

  /** Ends the counting. */
  stop(): void {
    clearInterval(this.#count)
    clearInterval(this.#recheck)
  }

  #refuse(connection: RawConnection, address: ArrayBuffer): void {
    this.#refused++
    connection.close()
    const limit = `sluice.connections.per.address.max=${this.#limits.maxPerAddress}`
    this.#warn(
      'address',
      `a connection was closed: ${addressText(address)} has reached ${limit}. Raise it if this is a load ` +
        'balancer or shared by many clients.',
    )
  }

  #update(): void {
    const open = this.#totals.all
    for (const [index, listener] of this.#listeners.entries()) {
      const limit = this.#limitOf(index, open)
      if (limit && !listener.isPaused && listener.port !== 0) {
        this.#pauses++
        this.#warn('full', `not accepting connections: ${open} are open, ${limit}`)
      }
      listener.setPaused(limit !== undefined)
    }
    const isPaused = this.#listeners.some((listener) => listener.isPaused)
    if (isPaused && !this.#recheck) {
      this.#recheck = setInterval(() => this.#update(), RECHECK_MS)
      this.#recheck.unref()
    } else if (!isPaused) {
      clearInterval(this.#recheck)
      this.#recheck = undefined
    }
  }

  /** A text about the limit that a listener has reached; undefined below all limits. */
  #limitOf(listener: number, open: number): string | undefined {
    const { max, maxPerListener } = this.#limits
    if (max > 0 && open >= max) {
      return `as many as server.connection.limit=${max} allows. Others wait until one is closed.`
    }
    const own = this.#totals.at(listener)
    if (maxPerListener > 0 && own >= maxPerListener) {
      return (
        `${own} of them at port ${this.#listeners[listener]?.port}, as many as ` +
        `connector.connection.limit=${maxPerListener} allows. Others wait until one is closed.`
      )
    }
    const reserved = Math.min(RESERVED_MAX, Math.floor(this.#descriptorLimit * RESERVED_SHARE))
    if (this.#descriptorLimit > 0 && open + this.#others >= this.#descriptorLimit - reserved) {
      return (
        `and ${this.#others} other descriptors. The process may have ${this.#descriptorLimit} ` +
        `(ulimit -n), of which ${reserved} are kept for Kafka. Others wait until one is closed. Raise ` +
        'the limit of descriptors, or add servers.'
      )
    }
    return undefined
  }

  #warn(kind: string, text: string): void {
    const now = performance.now()
    if (now - (this.#loggedAt.get(kind) ?? Number.NEGATIVE_INFINITY) < LOG_INTERVAL_MS) return
    this.#loggedAt.set(kind, now)
    this.#log.warn(text)
  }
}
