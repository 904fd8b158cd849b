/** The login of a principal in Kafka as one at the schema registry, which knows it by HTTP. */
import type { RegistryLogins } from '../../config/index.ts'
import type { CertificateIdentity, Login, PasswordIdentity } from './identity.ts'

/** RFC 6750, 2.1. */
const TOKEN = /^[\w\-.~+/]+=*$/

/** Returns the value of Authorization for a name and a password in Kafka; undefined if the registry is not shown such a login. */
export function loginByPassword(
  shown: RegistryLogins,
  identity: PasswordIdentity | CertificateIdentity,
): string | undefined {
  if (!shown.passwords || identity.mechanism === 'CERTIFICATE') return undefined
  const { username, password } = identity
  // The name ends at its first colon (RFC 7617, 2): the registry would read another user's.
  if (username.includes(':')) return undefined
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** Returns the value of Authorization for a token; undefined if the registry is not shown such a login. */
export function loginByToken(
  shown: RegistryLogins,
  { token }: Extract<Login, { kind: 'token' }>,
): string | undefined {
  return shown.tokens && TOKEN.test(token) ? `Bearer ${token}` : undefined
}
