/** The start of URLs that clients are given: what they can reach us by. */
import { advertisedListenersOf, type Config, listenersOf } from '../config/index.ts'

type BaseUriConfig = Pick<Config, 'advertised.listeners' | 'host.name' | 'port'> &
  Parameters<typeof listenersOf>[0]

/**
 * From the origin of a request to the start of URLs, first hit wins (contract v2, 8.2): the first
 * advertised listener of its scheme; `host.name`, with a port if the request had one; the origin.
 */
export function baseUriOf(config: BaseUriConfig): (origin: string) => string {
  const advertised = advertisedListenersOf(config).find(({ scheme }) => scheme === 'http')
  if (advertised) return () => `http://${advertised.authority}`
  const host = config['host.name']
  if (host === '') return (origin) => origin
  const port = listenersOf(config).at(-1)?.port ?? config['port']
  return (origin) => (hasPort(origin) ? `http://${host}:${port}` : `http://${host}`)
}

function hasPort(origin: string): boolean {
  return /:\d+$/.test(origin)
}
