/**
 * Limits of connections. At a limit nothing is accepted: connections wait in the kernel until one is
 * closed, as with the original. Only a connection of an address that has too many is closed, because
 * it stands in the queue before those of others.
 */
import type { Logger } from '../log.ts'
import type { Listener } from './listeners.ts'

/** How many connections may be open. 0 is no limit. */
export interface ConnectionLimits {
  readonly max: number
  /** Of those accepted at one address of the server. */
  readonly maxPerListener: number
  /** Of those that come from one address. */
  readonly maxPerAddress: number
}

/** The descriptors of the process. */
export interface Descriptors {
  /** How many are open: connections, sockets to Kafka, files. */
  openDescriptors(): number
  /** How many may be open. */
  descriptorLimit(): number
}

/** Counts the connections of each client address. */
export interface Peers {
  /** Whether the connection that was just accepted at `port` is among the first `max` of its address. */
  admit(port: number, max: number): boolean
  /** A connection was closed. */
  onClosed(): void
}

/** A connection that was just accepted. */
export interface RawConnection {
  getRemoteAddressAsText(): ArrayBuffer
  close(): unknown
}

/** Descriptors that connections leave to Kafka's sockets: this share of all, but no more than enough. */
const RESERVED_SHARE = 1 / 4
const RESERVED_MAX = 1024

/** Sockets to Kafka open and close without the server; this often their number is looked at. */
const COUNT_INTERVAL_MS = 1000

/** What happens at every connection is logged this often at most. */
const LOG_INTERVAL_MS = 60_000

/** All connections of a server. */
export class Connections {
  readonly #limits: ConnectionLimits
  readonly #descriptors: Descriptors
  readonly #peers: Peers
  readonly #listeners: readonly Listener[]
  readonly #log: Logger
  readonly #count: NodeJS.Timeout
  readonly #loggedAt = new Map<string, number>()
  /** Descriptors that are no connections, as of the last count. */
  #others = 0
  #descriptorLimit = 0
  #open = 0
  #refused = 0
  #pauses = 0

  constructor(
    limits: ConnectionLimits,
    descriptors: Descriptors,
    peers: Peers,
    listeners: readonly Listener[],
    log: Logger,
  ) {
    this.#limits = limits
    this.#descriptors = descriptors
    this.#peers = peers
    this.#listeners = listeners
    this.#log = log
    this.#count = setInterval(() => this.countDescriptors(), COUNT_INTERVAL_MS)
    this.#count.unref()
  }

  /** How many are open. */
  get open(): number {
    return this.#open
  }

  /** How many were closed because their address had too many. */
  get refused(): number {
    return this.#refused
  }

  /** How often a listener stopped accepting. */
  get pauses(): number {
    return this.#pauses
  }

  /** Of a listener; may close the connection. */
  onOpen(listener: Listener, connection: RawConnection): void {
    this.#open++
    listener.connections++
    const { maxPerAddress } = this.#limits
    if (maxPerAddress > 0 && !this.#peers.admit(listener.port, maxPerAddress)) {
      this.#refuse(connection)
    }
    this.#update()
  }

  onClose(listener: Listener): void {
    this.#open--
    listener.connections--
    if (this.#limits.maxPerAddress > 0) this.#peers.onClosed()
    this.#update()
  }

  /** Looks at what else has descriptors, and stops or goes on accepting. */
  countDescriptors(): void {
    this.#descriptorLimit = this.#descriptors.descriptorLimit()
    this.#others = Math.max(0, this.#descriptors.openDescriptors() - this.#open)
    this.#update()
  }

  /** Counts no more. */
  stop(): void {
    clearInterval(this.#count)
  }

  #refuse(connection: RawConnection): void {
    this.#refused++
    const address = Buffer.from(connection.getRemoteAddressAsText()).toString()
    connection.close()
    const limit = `sluice.connections.per.address.max=${this.#limits.maxPerAddress}`
    this.#warn(
      'address',
      `a connection was closed: ${address} has as many as ${limit} allows. Raise it if this is a load ` +
        'balancer or shared by many clients.',
    )
  }

  #update(): void {
    for (const listener of this.#listeners) {
      const limit = this.#limitOf(listener)
      if (limit && !listener.isPaused && listener.port !== 0) {
        this.#pauses++
        this.#warn('full', `not accepting connections: ${this.#open} are open, ${limit}`)
      }
      listener.setPaused(limit !== undefined)
    }
  }

  /** The limit that is reached, and what to do about it. */
  #limitOf(listener: Listener): string | undefined {
    const { max, maxPerListener } = this.#limits
    if (max > 0 && this.#open >= max) {
      return `as many as server.connection.limit=${max} allows. Others wait until one is closed.`
    }
    if (maxPerListener > 0 && listener.connections >= maxPerListener) {
      return (
        `${listener.connections} of them at port ${listener.port}, as many as ` +
        `connector.connection.limit=${maxPerListener} allows. Others wait until one is closed.`
      )
    }
    const reserved = Math.min(RESERVED_MAX, Math.floor(this.#descriptorLimit * RESERVED_SHARE))
    if (
      this.#descriptorLimit > 0 &&
      this.#open + this.#others >= this.#descriptorLimit - reserved
    ) {
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
