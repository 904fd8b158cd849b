/** Listeners and advertised listeners, from the keys that define them. */

import { type Place, parsePlace } from './address.ts'
import { parseEach, ValueFault } from './define.ts'

type Protocol = 'http' | 'https'

/** An address at which the server accepts connections. */
export interface Listener {
  /** `http`, `https`, or a lower-case name that `listener.protocol.map` maps to one of them. */
  readonly name: string
  /** The scheme of URLs: the protocol of the name. */
  readonly scheme: Protocol
  /** A host name or address, IPv6 without brackets. */
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** The beginning of all paths: empty, or `/` and segments. Equal for all listeners. */
  readonly path: string
}

/** An authority for URLs in responses. */
export interface AdvertisedListener {
  readonly scheme: 'http' | 'https'
  /** `host:port` in its original spelling, IPv6 with brackets. */
  readonly authority: string
  /** The beginning of paths; empty for the path of the listeners. */
  readonly path: string
}

interface ListenerKeys {
  readonly listeners: readonly string[]
  readonly 'listener.protocol.map': readonly string[]
}

interface AdminListenerKeys extends ListenerKeys {
  readonly 'sluice.admin.listeners': readonly string[]
}

/** Returns the listeners in their order. Throws a `ValueFault` for the listeners or for their map. */
export function listenersOf(config: ListenerKeys): readonly Listener[] {
  const protocols = protocolsOf(config)
  const listeners = parseEach(config.listeners, (entry) => toListener(parsePlace(entry), protocols))
  rejectDuplicates(listeners)
  rejectSeveralPaths(listeners)
  return listeners
}

/** Returns the listeners for operators in their order; none by default. Throws a `ValueFault` for them or for the map. */
export function adminListenersOf(config: AdminListenerKeys): readonly Listener[] {
  const listeners = listenersOf({ ...config, listeners: config['sluice.admin.listeners'] })
  if (listeners.some(({ path }) => path !== '')) throw new ValueFault('an address without a path')
  return listeners
}

/** Returns the listeners of the APIs, and behind them those for operators. Throws a `ValueFault`. */
export function allListenersOf(config: AdminListenerKeys): readonly Listener[] {
  return [...listenersOf(config), ...adminListenersOf(config)]
}

/** Returns the protocol of each listener name, in lower case. Throws a `ValueFault` for the map. */
export function protocolsOf(
  config: Pick<ListenerKeys, 'listener.protocol.map'>,
): ReadonlyMap<string, Protocol> {
  const protocols = new Map<string, Protocol>()
  parseEach(config['listener.protocol.map'], (pair) => {
    const [, name = '', protocol] = /^([a-z][\w+.-]*):(https?)$/i.exec(pair)?.map(lowerCase) ?? []
    if (!isProtocol(protocol)) throw new ValueFault('NAME:http or NAME:https')
    if (protocols.has(name)) throw new ValueFault('each name once')
    if (isProtocol(name) && name !== protocol) throw new ValueFault(`${name} to stay ${name}`)
    protocols.set(name, protocol)
  })
  return protocols.set('http', 'http').set('https', 'https')
}

/** Returns the advertised listeners in their order. Throws a `ValueFault`. */
export function advertisedListenersOf(config: {
  readonly 'advertised.listeners': readonly string[]
}): readonly AdvertisedListener[] {
  return parseEach(config['advertised.listeners'], (entry) => {
    const { scheme, authority, path } = parsePlace(entry)
    if (!isProtocol(scheme)) throw new ValueFault('http://host:port or https://host:port')
    return { scheme, authority, path }
  })
}

function toListener(
  { scheme, host, port, path }: Place,
  protocols: ReadonlyMap<string, Protocol>,
): Listener {
  if (scheme === undefined) throw new ValueFault('http://host:port or https://host:port')
  const protocol = protocols.get(scheme)
  if (protocol === undefined) {
    throw new ValueFault(
      'http://, https://, or a name that listener.protocol.map maps to one of them,',
    )
  }
  return { name: scheme, scheme: protocol, host, port, path }
}

function rejectDuplicates(listeners: readonly Listener[]): void {
  const seen = new Set<string>()
  for (const { name, host, port } of listeners) {
    // Several plain http:// listeners are valid; names and fixed ports must be unique.
    const address = port === 0 ? undefined : `${host} port ${port}`
    const taken = [name === 'http' ? undefined : name, address].filter((item) => item !== undefined)
    for (const item of taken) {
      if (seen.has(item)) throw new ValueFault(`each name and each address once, not ${item} twice`)
      seen.add(item)
    }
  }
}

/** Refuses different paths, because a request does not name its listener. */
function rejectSeveralPaths(listeners: readonly Listener[]): void {
  const paths = new Set(listeners.map(({ path }) => path || '/'))
  if (paths.size > 1) {
    throw new ValueFault(`one path for all listeners, not ${[...paths].join(' and ')}`)
  }
}

function isProtocol(text: string | undefined): text is Protocol {
  return text === 'http' || text === 'https'
}

function lowerCase(text: string): string {
  return text.toLowerCase()
}
