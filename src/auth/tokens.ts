/** Checks signed tokens (JWT, RFC 7519): signature, times, issuer, audience, and the name of the client. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import {
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'
import { ValueFault } from '../config/index.ts'
import { KeysUnavailableError } from './remote-keys.ts'
import type { Verdict } from './verdict.ts'

/** The claims that tokens must have. */
export interface TokenRules {
  /** Empty: any. */
  readonly issuer: string
  /** Empty: any. */
  readonly audiences: readonly string[]
  readonly nameClaim: string
  readonly groupsClaim: string
}

/** Where the keys of tokens are. At least one. */
export interface TokenKeys {
  /** Finds the key of a token. Rejects with a KeysUnavailableError while no key is known. */
  readonly find: JWTVerifyGetKey | undefined
  /** A key beside the others. */
  readonly ownKey: () => PublicKey | undefined
}

/** A key, with the algorithms that it may be used with. */
export interface PublicKey {
  readonly key: KeyObject
  readonly algorithms: readonly string[]
}

/** The longest difference between the clocks of an issuer and this process; it is that of Kafka's brokers. */
const CLOCK_SKEW_SECONDS = 30
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
/** By the name of their curve. */
const EC: Readonly<Record<string, string>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
}
const EDWARDS = ['EdDSA', 'Ed25519']
/** Signatures by private keys. A token that is "signed" by nothing, or by a text that both sides know, is not valid. */
const ALGORITHMS = [...RSA, ...Object.values(EC), ...EDWARDS]

/** Failures of an own key after which the others are tried. */
const OF_OTHER_KEY: ReadonlySet<string> = new Set([
  errors.JWSSignatureVerificationFailed.code,
  errors.JOSEAlgNotAllowed.code,
])

/** Checks tokens. */
export class Tokens {
  readonly #rules: TokenRules
  readonly #keys: TokenKeys

  constructor(rules: TokenRules, keys: TokenKeys) {
    this.#rules = rules
    this.#keys = keys
  }

  /** Does not reject. */
  async check(token: string): Promise<Verdict> {
    try {
      return this.#verdictOf(await this.#verify(token))
    } catch (error) {
      return { kind: error instanceof KeysUnavailableError ? 'unavailable' : 'refused' }
    }
  }

  async #verify(token: string): Promise<JWTPayload> {
    const { find } = this.#keys
    const own = this.#keys.ownKey()
    if (own) {
      try {
        return (await jwtVerify(token, own.key, this.#options(own.algorithms))).payload
      } catch (error) {
        if (!find || !OF_OTHER_KEY.has((error as { code?: string }).code ?? '')) throw error
      }
    }
    if (!find) throw new KeysUnavailableError('There is no key.')
    return this.#verifyWithAny(token, find)
  }

  /** A token that names no key may have been signed by each of several ones. */
  async #verifyWithAny(token: string, find: JWTVerifyGetKey): Promise<JWTPayload> {
    const options = this.#options(ALGORITHMS)
    try {
      return (await jwtVerify(token, find, options)).payload
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
      for await (const key of error) {
        const payload = await jwtVerify(token, key, options).then(
          (verified) => verified.payload,
          (failure: { code?: string }) => {
            if (!OF_OTHER_KEY.has(failure.code ?? '')) throw failure
          },
        )
        if (payload) return payload
      }
      throw error
    }
  }

  #options(algorithms: readonly string[]): JWTVerifyOptions {
    const { issuer, audiences } = this.#rules
    return {
      algorithms: [...algorithms],
      clockTolerance: CLOCK_SKEW_SECONDS,
      requiredClaims: ['exp'],
      ...(issuer !== '' && { issuer }),
      ...(audiences.length > 0 && { audience: [...audiences] }),
    }
  }

  #verdictOf(payload: JWTPayload): Verdict {
    const principal = payload[this.#rules.nameClaim]
    if (typeof principal !== 'string' || principal === '') return { kind: 'refused' }
    const roles = groupsIn(payload[this.#rules.groupsClaim])
    const expiresAt = (payload.exp as number) * 1000
    return { kind: 'accepted', identity: { method: 'BEARER', principal, roles, expiresAt } }
  }
}

function groupsIn(claim: unknown): readonly string[] {
  const groups = Array.isArray(claim) ? claim : [claim]
  return groups.filter((group) => typeof group === 'string' && group !== '')
}

/** Parses a public key, or a certificate with one, in PEM. Throws a `ValueFault` for a key that signs no tokens. */
export function parsePublicKey(pem: Buffer): PublicKey {
  const key = keyIn(pem)
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= 2048) return { key, algorithms: RSA }
  if (type === 'ed25519') return { key, algorithms: EDWARDS }
  const algorithm = type === 'ec' ? EC[details?.namedCurve ?? ''] : undefined
  if (algorithm !== undefined) return { key, algorithms: [algorithm] }
  throw new ValueFault('a public key of RSA with 2048 bits or more, EC or Ed25519')
}

function keyIn(pem: Buffer): KeyObject {
  // createPublicKey() derives the public key of a private one, which nobody should have given to this process.
  if (pem.includes('PRIVATE KEY')) throw new ValueFault('a public key and no private one')
  try {
    return createPublicKey(pem)
  } catch {
    throw new ValueFault('a public key in PEM')
  }
}
