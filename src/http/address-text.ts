/** Addresses of clients as text. */

/** The first bytes of an IPv6 address that stands for an IPv4 address (RFC 4291, 2.5.5.2). */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex')

/** The text of the 4 bytes of an IPv4 address or the 16 bytes of an IPv6 address (RFC 5952). */
export function addressText(address: ArrayBuffer): string {
  const bytes = Buffer.from(address)
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return ''
  if (bytes.subarray(0, 12).equals(MAPPED)) return bytes.subarray(12).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16))
  // A URL has the shortest form.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
