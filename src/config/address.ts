/** The one grammar of network addresses in the configuration: `[scheme://]host:port`. */

import { isIPv6 } from 'node:net'
import { ValueFault } from './define.ts'

/** Where a socket is. */
export interface Address {
  /** What stands before `://`, in lower case; absent when nothing does. */
  readonly scheme?: string
  /** Without the brackets of an IPv6 address. */
  readonly host: string
  readonly port: number
  /** Host and port as they were written. */
  readonly authority: string
}

const ADDRESS = /^(?:([a-z][\w+.-]*):\/\/)?((\[[^\s/@]*\]|[^\s:/@[\]]+):(\d{1,5}))\/?$/i

/** Reads `[scheme://]host:port`, where an IPv6 host stands in brackets. Throws a `ValueFault`. */
export function parseAddress(text: string): Address {
  const [, scheme, authority = '', writtenHost = '', writtenPort = ''] = ADDRESS.exec(text) ?? []
  if (authority === '') throw new ValueFault('host:port (an IPv6 host in brackets)')
  const host = writtenHost.replace(/^\[(.*)\]$/, '$1')
  if (host !== writtenHost && !isIPv6(host)) throw new ValueFault('an IPv6 address in the brackets')
  const port = Number(writtenPort)
  if (port > 65535) throw new ValueFault('a port up to 65535')
  return { ...(scheme && { scheme: scheme.toLowerCase() }), host, port, authority }
}
