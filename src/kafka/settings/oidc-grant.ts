/** What an OpenID provider is asked with for a token, read from librdkafka's properties: for connections of another library. */
import type { Property } from './credentials.ts'

/** The grant `client_credentials` (RFC 6749, 4.4). Its secret is in no log, error or output. */
export interface OidcGrant {
  /** The URL of the token endpoint. */
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  /** Empty: none. */
  readonly scope: string
  /** The authorities of the provider, in PEM; undefined for those of the system. */
  readonly caPem: string | undefined
  /** Their file; undefined for those of the system. */
  readonly caLocation: string | undefined
}

const PREFIX = 'sasl.oauthbearer.'
const GRANT = 'client_credentials'
/**
 * With these the token is asked for in another way, is sent with more than itself, or is that of a caller (`config`), who must
 * not act as the process.
 */
const OF_OTHERS = /^sasl\.oauthbearer\.(?:assertion\.|metadata\.|(?:extensions|config)$)/

/** Returns the grant of a client; undefined if it gets its tokens in another way. */
export function oidcGrantOf(properties: readonly Property[]): OidcGrant | undefined {
  const given = new Map(properties)
  if (!usesGrant(given)) return undefined
  const of = (name: string) => given.get(PREFIX + name)
  const clientId = of('client.id') ?? of('client.credentials.client.id')
  const clientSecret = of('client.secret') ?? of('client.credentials.client.secret')
  const url = of('token.endpoint.url')
  if (url === undefined || clientId === undefined || clientSecret === undefined) return undefined
  const location = given.get('https.ca.location')
  return {
    url,
    clientId,
    clientSecret,
    scope: of('scope') ?? '',
    caPem: given.get('https.ca.pem'),
    caLocation: location === 'probe' ? undefined : location,
  }
}

function usesGrant(given: ReadonlyMap<string, string>): boolean {
  const mechanism = given.get('sasl.mechanisms') ?? given.get('sasl.mechanism')
  if (mechanism !== 'OAUTHBEARER') return false
  if (given.get(`${PREFIX}method`)?.toLowerCase() !== 'oidc') return false
  if ((given.get(`${PREFIX}grant.type`) ?? GRANT) !== GRANT) return false
  return ![...given.keys()].some((name) => OF_OTHERS.test(name))
}
