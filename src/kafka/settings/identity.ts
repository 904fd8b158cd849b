/** The credentials with which a principal acts in Kafka. */

/** A user of Kafka with its password: never in a log, an error or an output. */
export interface PasswordIdentity {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

/** A user of Kafka with the key of its certificate: never in a log, an error or an output. */
export interface CertificateIdentity {
  readonly mechanism: 'CERTIFICATE'
  /** PKCS #8 in PEM, unencrypted. */
  readonly key: string
  /** PEM texts; the certificate of the key is the first. */
  readonly certificateChain: string
}

/** A caller whose tokens the engine has under a name. */
export interface TokenIdentity {
  readonly mechanism: 'OAUTHBEARER'
  /** Equal for tokens of which a broker cannot tell that they are of different callers. */
  readonly tokenName: string
  /** Whose consumer instances the caller has. It stays the same for later tokens of the caller. */
  readonly owner: string
}

/** Who acts in Kafka. */
export type KafkaIdentity = PasswordIdentity | CertificateIdentity | TokenIdentity

/** What a client has proved its name with, to be shown to Kafka as well. */
export type Login =
  | { readonly kind: 'password'; readonly password: string }
  | {
      readonly kind: 'token'
      readonly token: string
      /** Milliseconds since the epoch. */
      readonly expiresAt: number
    }

/** Whether two identities are the same user with the same secret, or the same caller. */
export function isSameIdentity(one: KafkaIdentity, other: KafkaIdentity): boolean {
  if (one.mechanism === 'OAUTHBEARER') {
    return other.mechanism === 'OAUTHBEARER' && one.tokenName === other.tokenName
  }
  if (one.mechanism === 'CERTIFICATE') {
    const isSame = other.mechanism === 'CERTIFICATE' && one.key === other.key
    return isSame && one.certificateChain === other.certificateChain
  }
  return (
    other.mechanism === one.mechanism &&
    one.username === other.username &&
    one.password === other.password
  )
}
