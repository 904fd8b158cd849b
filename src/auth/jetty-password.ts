/** Passwords as Jetty's files of users have them: plain, obfuscated, as MD5, or as crypt(3) of DES. */
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { ValueFault } from '../config/index.ts'
import { areEqual, type StoredPassword } from './stored-password.ts'

/** The package has no types. The salt is the first two characters of `hash`. */
type Crypt = (password: string, hash: string) => string
const crypt: Crypt = createRequire(import.meta.url)('unix-crypt-td-js')

/** Parses a password. Throws a `ValueFault` without the password. */
export function parseJettyPassword(text: string): StoredPassword {
  if (text.startsWith('MD5:')) return md5(text.slice('MD5:'.length).toLowerCase())
  if (text.startsWith('CRYPT:')) return unixCrypt(text.slice('CRYPT:'.length))
  let plain = text
  while (plain.startsWith('OBF:')) plain = revealed(plain.slice('OBF:'.length))
  if (plain === '') throw new ValueFault('a password')
  return { matches: async (password) => areEqual(password, plain) }
}

function md5(digest: string): StoredPassword {
  if (!/^[\da-f]{32}$/.test(digest)) throw new ValueFault('32 hex digits after MD5:')
  return {
    async matches(password) {
      return areEqual(createHash('md5').update(password, 'latin1').digest('hex'), digest)
    },
  }
}

/** The hash takes a millisecond, and covers eight characters. */
function unixCrypt(hash: string): StoredPassword {
  if (!/^[./\dA-Za-z]{13}$/.test(hash)) {
    throw new ValueFault('the 13 characters of a crypt hash of DES after CRYPT:')
  }
  return { matches: async (password) => areEqual(crypt(password, hash), hash) }
}

/**
 * Jetty's obfuscation: each byte is four digits of base 36, whose number has the sum of the byte with its mirror in its
 * high part, and their difference in its low part. Behind a U the high part is the byte itself.
 */
function revealed(text: string): string {
  const bytes: number[] = []
  for (let at = 0; at < text.length; at += 4) {
    const isPair = text[at] === 'U'
    if (isPair) at++
    const digits = text.slice(at, at + 4)
    if (!/^[\da-z]{4}$/i.test(digits)) throw new ValueFault('groups of four digits after OBF:')
    const number = Number.parseInt(digits, 36)
    bytes.push(isPair ? number >> 8 : ((number >> 8) + (number & 0xff) - 254) / 2)
  }
  if (bytes.some((byte) => byte < 0 || byte > 255)) throw new ValueFault('bytes after OBF:')
  return Buffer.from(bytes).toString()
}
