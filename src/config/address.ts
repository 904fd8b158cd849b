/** The one grammar of network addresses in the configuration: `[scheme://]host:port[/path]`. */

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

/** Where something is served: an address, and the path that all of its paths begin with. */
export interface Place extends Address {
  /** Empty, or `/` and segments without a `/` at the end. */
  readonly path: string
}

const PLACE =
  /^(?:([a-z][\w+.-]*):\/\/)?((\[[^\s/@]*\]|[^\s:/@[\]]+):(\d{1,5}))((?:\/[\w.~-]+)*)\/?$/i

/** Reads `[scheme://]host:port`, where an IPv6 host stands in brackets. Throws a `ValueFault`. */
export function parseAddress(text: string): Address {
  const { path, ...address } = parsePlace(text)
  if (path !== '') throw new ValueFault('host:port without a path')
  return address
}

/** Reads `[scheme://]host:port[/path]`. Throws a `ValueFault`. */
export function parsePlace(text: string): Place {
  const found = PLACE.exec(text) ?? []
  const [, scheme, authority = '', writtenHost = '', writtenPort = '', path = ''] = found
  if (authority === '') throw new ValueFault('host:port (an IPv6 host in brackets)')
  const host = writtenHost.replace(/^\[(.*)\]$/, '$1')
  if (host !== writtenHost && !isIPv6(host)) throw new ValueFault('an IPv6 address in the brackets')
  const port = Number(writtenPort)
  if (port > 65535) throw new ValueFault('a port up to 65535')
  if (/\/\.{1,2}(?:\/|$)/.test(path)) throw new ValueFault('a path without "." and ".."')
  return { ...(scheme && { scheme: scheme.toLowerCase() }), host, port, authority, path }
}
