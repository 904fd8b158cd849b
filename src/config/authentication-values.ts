/** Values of the keys of authentication. */

import { ValueFault } from './define.ts'

/** A way in which a client proves who it is: by a password (RFC 7617), or by a token (RFC 6750). */
export type AuthenticationMethod = 'BASIC' | 'BEARER'

/** Parses `authentication.method`: `NONE`, or one or two methods. Throws a `ValueFault`. */
export function parseMethods(text: string): readonly (AuthenticationMethod | 'NONE')[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.length === 1 && (names[0] === 'NONE' || names[0] === '')) return ['NONE']
  const areMethods = names.every((name) => name === 'BASIC' || name === 'BEARER')
  if (!areMethods) throw new ValueFault('NONE, BASIC, BEARER, or BASIC,BEARER, in upper case')
  return [...new Set(names)] as AuthenticationMethod[]
}

/** Checks a path of `authentication.skip.paths`, and returns it. Throws a `ValueFault`. */
export function parseSkipPath(text: string): string {
  if (/^\/(?:[\w.~!$&'()+;=:@-]+(?:\/|$))*(?:\*|)$/.test(text)) return text
  throw new ValueFault('/path, or /path/* for all paths below it')
}

/** Checks a URL, and returns it; the empty text, too. Throws a `ValueFault`. */
export function parseUrl(text: string): string {
  const url = text.trim()
  if (url === '' || (/^https?:\/\//.test(url) && URL.canParse(url))) return url
  throw new ValueFault('https://host/path or http://host/path')
}
