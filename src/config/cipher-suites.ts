/** Cipher suites by Java's names, which are those of TLS's registry, and by OpenSSL's names. */

import { getCiphers } from 'node:tls'
import { ValueFault } from './define.ts'

/** Cipher suites in OpenSSL's spelling, separated by colons. Empty if no suite belongs to the versions. */
export interface CipherSuites {
  /** Of TLS 1.2. */
  readonly tls12: string
  /** Of TLS 1.3. */
  readonly tls13: string
}

const KNOWN: ReadonlySet<string> = new Set(getCiphers().map((name) => name.toUpperCase()))
const TLS_1_3 = /^TLS_(?:AES|CHACHA20)_/

/** Sorts and renames suites. Throws a `ValueFault` for one that OpenSSL does not have. */
export function cipherSuitesOf(names: readonly string[]): CipherSuites {
  const suites = names.map((name) => [name.toUpperCase(), opensslName(name)] as const)
  const join = (isTls13: boolean) =>
    suites
      .filter(([name]) => TLS_1_3.test(name) === isTls13)
      .map(([, suite]) => suite)
      .join(':')
  return { tls12: join(false), tls13: join(true) }
}

/** The rule behind both namings: TLS_<key exchange>_WITH_<cipher>_<hash>. */
function opensslName(given: string): string {
  const name = given.trim().toUpperCase()
  if (TLS_1_3.test(name) && KNOWN.has(name)) return name
  const [, exchange, cipher] = /^(?:TLS|SSL)_(\w+)_WITH_(\w+)$/.exec(name) ?? []
  // A suite whose key exchange is RSA has no name for it.
  const parts = [exchange === 'RSA' ? undefined : exchange, cipher && opensslCipher(cipher)]
  const suite = parts
    .filter((part) => part !== undefined)
    .join('-')
    .replaceAll('_', '-')
  if (cipher !== undefined && KNOWN.has(suite)) return suite
  throw new ValueFault("cipher suites that OpenSSL has, by Java's names,")
}

function opensslCipher(cipher: string): string {
  return cipher
    .replace(/^AES_(\d+)_/, 'AES$1_')
    .replace(/_CBC_/, '_')
    .replace(/^(CHACHA20_POLY1305)_SHA256$/, '$1')
}
