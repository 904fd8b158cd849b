/** The settings of a cluster of processes, from the keys that define them. */

import { type Place, parsePlace } from './address.ts'
import { parseEach, ValueFault } from './define.ts'

/** A cluster of processes, and this process in it. */
export interface ClusterSettings {
  readonly id: string
  /** The consumer group of the processes. */
  readonly group: string
  /** The topic with the descriptions of instances. */
  readonly topic: string
  readonly listeners: readonly PeerListener[]
  /** `http://host:port` or `https://host:port`, at which the others reach this process; all listeners have its scheme. */
  readonly url: string
  readonly secret: string
  readonly mode: 'forward' | 'redirect'
  readonly sessionTimeoutMs: number
}

/** An address that accepts requests of other processes. */
export interface PeerListener {
  readonly scheme: Scheme
  readonly host: string
  readonly port: number
}

type Scheme = 'http' | 'https'

interface ClusterKeys {
  readonly 'sluice.cluster.id': string
  readonly 'sluice.peer.listeners': readonly string[]
  readonly 'sluice.peer.advertised.listener': string
  readonly 'sluice.peer.secret': string
  readonly 'sluice.peer.mode': 'forward' | 'redirect'
  readonly 'sluice.peer.session.timeout.ms': number
  readonly 'advertised.listeners': readonly string[]
}

/** A fault of the settings of a cluster, and the key that has to be set. */
export interface ClusterFault {
  readonly key: keyof ClusterKeys
  readonly expected: string
}

const MIN_SECRET = 16

/** The name of the topic ends with `-instances` and has at most 249 characters. */
const ID = /^[\w.-]{1,200}$/

const WILDCARDS = new Set(['0.0.0.0', '::'])

/** Returns the settings; undefined without `sluice.cluster.id`. Throws for settings with a fault. */
export function clusterOf(config: ClusterKeys): ClusterSettings | undefined {
  const id = config['sluice.cluster.id']
  if (id === '') return undefined
  const listeners = peerListenersOf(config)
  return {
    id,
    group: `_sluice-${id}`,
    topic: `_sluice-${id}-instances`,
    listeners,
    url: peerUrlOf(config),
    secret: config['sluice.peer.secret'],
    mode: config['sluice.peer.mode'],
    sessionTimeoutMs: config['sluice.peer.session.timeout.ms'],
  }
}

/** Returns the faults of the settings; none without `sluice.cluster.id`. */
export function faultsOfCluster(config: ClusterKeys): ClusterFault[] {
  const id = config['sluice.cluster.id']
  if (id === '') return []
  const faults: ClusterFault[] = []
  const check = (key: keyof ClusterKeys, holds: () => string | undefined) => {
    const expected = faultIn(holds)
    if (expected !== undefined) faults.push({ key, expected })
  }
  check('sluice.cluster.id', () =>
    ID.test(id) ? undefined : 'up to 200 letters, digits, ".", "_" and "-"',
  )
  check('sluice.peer.listeners', () => {
    const isSet = peerListenersOf(config).length > 0
    return isSet ? undefined : 'an address for the other processes, because of sluice.cluster.id'
  })
  check('sluice.peer.secret', () =>
    config['sluice.peer.secret'].length >= MIN_SECRET
      ? undefined
      : `a secret of at least ${MIN_SECRET} characters, because of sluice.cluster.id`,
  )
  if (faults.length === 0) {
    check('sluice.peer.advertised.listener', () => void peerUrlOf(config))
  }
  check('advertised.listeners', () =>
    config['sluice.peer.mode'] === 'redirect' && config['advertised.listeners'].length === 0
      ? 'the URL of this process for clients, because of sluice.peer.mode=redirect'
      : undefined,
  )
  return faults
}

function faultIn(check: () => string | undefined): string | undefined {
  try {
    return check()
  } catch (error) {
    if (error instanceof ValueFault) return error.message
    throw error
  }
}

function peerListenersOf(config: ClusterKeys): readonly PeerListener[] {
  const listeners = parseEach(config['sluice.peer.listeners'], (entry) => {
    const { scheme, host, port } = peerAddress(entry)
    if (port === 0) throw new ValueFault('a port other than 0, because other processes need it')
    return { scheme, host, port }
  })
  // A plain address beside one with TLS would be a way around it.
  if (new Set(listeners.map(({ scheme }) => scheme)).size > 1) {
    throw new ValueFault('https:// for all addresses, or http:// for all')
  }
  return listeners
}

function peerUrlOf(config: ClusterKeys): string {
  const [first = ''] = config['sluice.peer.listeners']
  const given = config['sluice.peer.advertised.listener']
  const { scheme, host, port, authority } = peerAddress(given || first)
  if (port === 0) throw new ValueFault('a port other than 0')
  if (WILDCARDS.has(host)) {
    throw new ValueFault(`an address at which other processes reach this one, which ${host} is not`)
  }
  const listening = peerAddress(first).scheme
  if (scheme !== listening) {
    throw new ValueFault(`${listening}://host:port, because sluice.peer.listeners are ${listening}`)
  }
  return `${scheme}://${authority.toLowerCase()}`
}

function peerAddress(text: string): Place & { readonly scheme: Scheme } {
  const place = parsePlace(text)
  const { scheme, path } = place
  if ((scheme !== 'http' && scheme !== 'https') || path !== '') {
    throw new ValueFault('http://host:port or https://host:port, without a path')
  }
  return { ...place, scheme }
}
