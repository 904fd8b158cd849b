/**
 * The headers in which proxies describe the request of their client: X-Forwarded-For, -Proto and -Host, and Forwarded
 * (RFC 7239). Clients can send all of them. These are the rules:
 *  1. Only the headers of a connection from a trusted address are read.
 *  2. Each proxy adds an address at the end of the list. The list is read from its end, up to the first address that is
 *     not trusted: this is the client. An address in front of it may be forged.
 *  3. Of several values of X-Forwarded-Proto and -Host the last one counts, which the nearest proxy has written.
 *  4. Forwarded is read only in a request without X-Forwarded headers.
 *  5. A malformed value ends the list, and has no effect itself.
 */
import { isIP } from 'node:net'
import { LRUCache } from 'lru-cache'
import { networksTest } from '../config/index.ts'
import { type SubjectReader, subjectReader } from './forwarded-certificate.ts'
import type { RawRequest } from './headers.ts'

/** A request as the proxies in front describe it. */
export interface ForwardedRequest {
  /** The address of the client; that of the last proxy if the list names no other. */
  readonly client: string
  /** Undefined if no trusted proxy names it. */
  readonly scheme: 'http' | 'https' | undefined
  /** `host` or `host:port`. Undefined if no trusted proxy names it. */
  readonly host: string | undefined
  /** Whether proxies name the certificates of clients. Their own certificates are nobody's then. */
  readonly namesCertificates: boolean
  /** The subject of the client's certificate. See SubjectReader. */
  readonly certificateSubject: string | undefined
}

type Origin = Pick<ForwardedRequest, 'client' | 'scheme' | 'host'>

/** What one proxy says about the request that it got. */
interface Hop {
  readonly client: string | undefined
  readonly scheme?: ForwardedRequest['scheme']
  readonly host?: string | undefined
}

/** A proxy has few addresses; those of all clients would not fit. */
const REMEMBERED_ADDRESSES = 1000

/** A host, or an address in brackets, and a port. */
const HOST = /^(?:[\w.~!$&'()*+;=%-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i
/** A list that ends in the middle of a quoted string, or that has something between its parts, is malformed. */
const FORWARDED_PAIR =
  /[ \t]*([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\.)*)")[ \t]*([;,]|$)/y

/** `sluice.trusted.proxies`. */
export class TrustedProxies {
  readonly #contains: (address: string) => boolean
  readonly #subjectOf: SubjectReader | undefined
  readonly #verdicts = new LRUCache<string, boolean>({ max: REMEMBERED_ADDRESSES })

  /**
   * Returns undefined for an empty list: then no header is read.
   *
   * @param certificateHeader `sluice.trusted.proxies.certificate.header`; empty for none
   */
  static of(networks: readonly string[], certificateHeader = ''): TrustedProxies | undefined {
    return networks.length === 0 ? undefined : new TrustedProxies(networks, certificateHeader)
  }

  private constructor(networks: readonly string[], certificateHeader: string) {
    this.#subjectOf = certificateHeader === '' ? undefined : subjectReader(certificateHeader)
    this.#contains = networksTest(networks)
  }

  /** Reads the headers of a request from `peer`. Undefined if it is not trusted. */
  read(peer: string, request: RawRequest): ForwardedRequest | undefined {
    if (!this.#trusts(peer)) return undefined
    return {
      ...this.#origin(peer, request),
      namesCertificates: this.#subjectOf !== undefined,
      certificateSubject: this.#subjectOf?.(request),
    }
  }

  #origin(peer: string, request: RawRequest): Origin {
    const lines = linesOf(request)
    if (lines.for.length + lines.proto.length + lines.host.length === 0) {
      return this.#walk(peer, parseForwarded(lines.forwarded.join(',')))
    }
    const { client } = this.#walk(
      peer,
      itemsOf(lines.for).map((item) => ({ client: addressOf(item) })),
    )
    return {
      client,
      scheme: schemeOf(itemsOf(lines.proto).at(-1)),
      host: hostOf(itemsOf(lines.host).at(-1)),
    }
  }

  #trusts(address: string): boolean {
    const known = this.#verdicts.get(address)
    if (known !== undefined) return known
    const verdict = this.#contains(address)
    this.#verdicts.set(address, verdict)
    return verdict
  }

  /** Rule 2. The scheme and the host are those that the first trusted proxy got. */
  #walk(peer: string, hops: readonly Hop[]): Origin {
    let read: Origin = { client: peer, scheme: undefined, host: undefined }
    for (const { client, scheme, host } of hops.toReversed()) {
      read = { ...read, scheme: scheme ?? read.scheme, host: host ?? read.host }
      if (client === undefined) return read
      read = { ...read, client }
      if (!this.#trusts(client)) return read
    }
    return read
  }
}

/** The values of the headers, in their order. A proxy may add a value to a header, or a header to the others. */
function linesOf(request: RawRequest): Record<'for' | 'proto' | 'host' | 'forwarded', string[]> {
  const lines = { for: [], proto: [], host: [], forwarded: [] } as ReturnType<typeof linesOf>
  request.forEach((name, value) => {
    if (name === 'x-forwarded-for') lines.for.push(value)
    else if (name === 'x-forwarded-proto') lines.proto.push(value)
    else if (name === 'x-forwarded-host') lines.host.push(value)
    else if (name === 'forwarded') lines.forwarded.push(value)
  })
  return lines
}

function itemsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split(',').map((item) => item.trim()))
}

/** The address in `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`. */
function addressOf(node: string): string | undefined {
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/.exec(node) ?? []
  const address = (bracketed ?? dotted ?? node).replace(/^::ffff:(?=[\d.]+$)/i, '')
  // An address with a zone is that of another machine's link.
  return isIP(address) !== 0 && !address.includes('%') ? address : undefined
}

function schemeOf(text: string | undefined): ForwardedRequest['scheme'] {
  const scheme = text?.toLowerCase()
  return scheme === 'http' || scheme === 'https' ? scheme : undefined
}

function hostOf(text: string | undefined): string | undefined {
  return text !== undefined && HOST.test(text) ? text : undefined
}

/** Returns the elements of a Forwarded header; none of a malformed one, or of one that has a parameter twice. */
function parseForwarded(text: string): Hop[] {
  const elements: Map<string, string>[] = []
  let separator = ','
  FORWARDED_PAIR.lastIndex = 0
  while (separator !== '') {
    if (separator === ',') elements.push(new Map())
    const [, name = '', token, quoted = '', next = ''] = FORWARDED_PAIR.exec(text) ?? []
    const element = elements.at(-1)
    if (name === '' || element?.has(name.toLowerCase())) return []
    element?.set(name.toLowerCase(), token ?? quoted.replace(/\\(.)/g, '$1'))
    separator = next
  }
  return elements.map((element) => ({
    client: addressOf(element.get('for') ?? ''),
    scheme: schemeOf(element.get('proto')),
    host: hostOf(element.get('host')),
  }))
}
