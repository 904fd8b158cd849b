/** The start of URLs that clients are given: what they can reach us by. */
import { advertisedListenersOf, type Config, listenersOf } from '../config/index.ts'

type BaseUriConfig = Pick<Config, 'advertised.listeners' | 'host.name' | 'port'> &
  Parameters<typeof listenersOf>[0]

/**
 * From the origin of a request to the start of URLs, first hit wins (contract v2, 8.2): the first
 * advertised listener of its scheme; `host.name`, with a port if the request had one; the origin.
 * Behind it stands the path of the listeners, unless an advertised one has its own.
 */
export function baseUriOf(config: BaseUriConfig): (origin: string) => string {
  const path = basePathOf(config)
  const advertised = advertisedListenersOf(config).find(({ scheme }) => scheme === 'http')
  if (advertised) return () => `http://${advertised.authority}${advertised.path || path}`
  const host = config['host.name']
  if (host === '') return (origin) => origin + path
  const port = listenersOf(config).at(-1)?.port ?? config['port']
  return (origin) => (hasPort(origin) ? `http://${host}:${port}${path}` : `http://${host}${path}`)
}

/** What all paths begin with: empty, or `/` and segments. */
export function basePathOf(config: Parameters<typeof listenersOf>[0]): string {
  return listenersOf(config)[0]?.path ?? ''
}

function hasPort(origin: string): boolean {
  return /:\d+$/.test(origin)
}
