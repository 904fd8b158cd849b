/** Networks: those of the configuration, `address` or `address/prefix`, and those of clients. */

import { BlockList, isIP } from 'node:net'
import { ValueFault } from './define.ts'

/** The addresses that share the first `prefix` bits. */
export interface Network {
  readonly family: 'ipv4' | 'ipv6'
  readonly address: string
  readonly prefix: number
}

const NETWORK = /^([\d.]+|[\da-f:.]+)(?:\/(\d{1,3}))?$/i

/** Parses `address` or `address/prefix`. Throws a `ValueFault`. */
export function parseNetwork(text: string): Network {
  const [, address = '', length] = NETWORK.exec(text) ?? []
  const version = isIP(address)
  if (version === 0) throw new ValueFault('an IPv4 or IPv6 address, or address/prefix')
  if (version === 6 && /^[0:]*:ffff:/i.test(address)) {
    throw new ValueFault('an IPv4 address in its own form, as in 10.0.0.0/8')
  }
  const bits = version === 4 ? 32 : 128
  const prefix = length === undefined ? bits : Number(length)
  if (prefix > bits) throw new ValueFault(`a prefix of at most ${bits} bits`)
  return { family: version === 4 ? 'ipv4' : 'ipv6', address, prefix }
}

/** The canonical text of a network, `address/prefix`. Throws a `ValueFault`. */
export function parseNetworkText(text: string): string {
  const { address, prefix } = parseNetwork(text)
  return `${address}/${prefix}`
}

/** Returns a function that tells whether an address is in one of the networks. What is no address is in none. */
export function networksTest(networks: readonly string[]): (address: string) => boolean {
  // In one list, networks of one family would match addresses of the other.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const { family, address, prefix } of networks.map(parseNetwork)) {
    lists[family].addSubnet(address, prefix, family)
  }
  return (address) => {
    const version = isIP(address)
    const family = version === 4 ? 'ipv4' : 'ipv6'
    return version !== 0 && lists[family].check(address, family)
  }
}

/**
 * Returns the network that counts as one client: the first 64 bits of an IPv6 address (RFC 5952), because a client chooses the
 * others; an IPv4 address itself.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  return [...left, ...Array(Math.max(0, zeros)).fill('0'), ...right].slice(0, 4).join(':')
}
