/** The beginning of URLs in responses. */
import { advertisedListenersOf, type Config, listenersOf } from '../config/index.ts'

type BaseUriConfig = Pick<Config, 'advertised.listeners' | 'host.name' | 'port'> &
  Parameters<typeof listenersOf>[0]

/** The parts of a request that determine its client's URL. */
export interface RequestOrigin {
  readonly scheme: 'http' | 'https'
  /** `scheme://host:port`; empty without a Host header. */
  readonly origin: string
}

/**
 * Returns a function from a request to the beginning of URLs for its client: the first advertised listener of its
 * scheme; else `host.name`, with a port if the request had one; else the request's origin. The path of the listeners
 * follows, unless an advertised listener has its own.
 */
export function baseUriOf(config: BaseUriConfig): (request: RequestOrigin) => string {
  const path = basePathOf(config)
  const advertised = advertisedListenersOf(config)
  const host = config['host.name']
  const port = listenersOf(config).at(-1)?.port ?? config['port']
  return ({ scheme, origin }) => {
    const listener = advertised.find((each) => each.scheme === scheme)
    if (listener) return `${scheme}://${listener.authority}${listener.path || path}`
    if (host === '') return origin + path
    return hasPort(origin) ? `${scheme}://${host}:${port}${path}` : `${scheme}://${host}${path}`
  }
}

/** Returns the beginning of the URLs of this process for all clients; empty unless it advertises a listener. */
export function advertisedUrl(config: BaseUriConfig): string {
  const [listener] = advertisedListenersOf(config)
  if (!listener) return ''
  return `${listener.scheme}://${listener.authority}${listener.path || basePathOf(config)}`
}

/** Returns the beginning of all paths: empty, or `/` and segments. */
export function basePathOf(config: Parameters<typeof listenersOf>[0]): string {
  return listenersOf(config)[0]?.path ?? ''
}

function hasPort(origin: string): boolean {
  return /:\d+$/.test(origin)
}
