/** Parses network addresses of the configuration: `[scheme://]host:port[/path]`. */

import { isIPv6 } from 'node:net'
import { ValueFault } from './define.ts'

/** The address of a socket. */
export interface Address {
  /** The scheme in lower case; absent in addresses without one. */
  readonly scheme?: string
  /** Without the brackets of an IPv6 address. */
  readonly host: string
  readonly port: number
  /** Host and port in their original spelling. */
  readonly authority: string
}

/** The address of a server, with the common beginning of its paths. */
export interface Place extends Address {
  /** Empty, or `/` and segments without a `/` at the end. */
  readonly path: string
}

const PLACE =
  /^(?:([a-z][\w+.-]*):\/\/)?((\[[^\s/@]*\]|[^\s:/@[\]]+):(\d{1,5}))((?:\/[\w.~-]+)*)\/?$/i

/** Parses `[scheme://]host:port`, with IPv6 hosts in brackets. Throws a `ValueFault`. */
export function parseAddress(text: string): Address {
  const { path, ...address } = parsePlace(text)
  if (path !== '') throw new ValueFault('host:port without a path')
  return address
}

/** Parses `[scheme://]host:port[/path]`. Throws a `ValueFault`. */
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
