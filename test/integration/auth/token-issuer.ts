/** A small issuer of tokens: it signs them, shows its keys (JWKS), and serves the grant `client_credentials` (RFC 6749). */
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type JWTPayload, SignJWT } from 'jose'

/** The claims that all tokens have. */
const COMMON = { iss: 'https://issuer.example.com', aud: 'kafka', scope: 'kafka' }
const LIFE_SECONDS = 3600

/** A running issuer. */
export interface TokenIssuer {
  readonly url: string
  /** The keys that Sluice has to be told with `oauthbearer.…`. */
  readonly settings: Readonly<Record<string, string>>
  /** All tokens and secrets that it knows. */
  readonly secrets: readonly string[]
  /** The number of tokens that it has given to clients. */
  readonly granted: number
  /** Signs a token. `clock` is its time in seconds before or after that of the machine. */
  sign(claims: JWTPayload, lifeSeconds?: number, clock?: number): Promise<string>
  /** Gives tokens for the subject to a client with a secret. */
  addClient(id: string, secret: string, subject: string, lifeSeconds?: number): void
  /** From now on it does not answer. */
  stop(): void
}

/** Starts an issuer on a free port of the loopback interface. */
export async function startIssuer(): Promise<TokenIssuer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const clients = new Map<string, { subject: string; lifeSeconds: number }>()
  const secrets: string[] = []
  let granted = 0

  async function sign(claims: JWTPayload, lifeSeconds = LIFE_SECONDS, clock = 0): Promise<string> {
    const iat = Math.floor(Date.now() / 1000) + clock
    const jti = crypto.randomUUID()
    const token = await new SignJWT({
      ...COMMON,
      iat,
      nbf: iat,
      jti,
      exp: iat + lifeSeconds,
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .sign(privateKey)
    secrets.push(token)
    return token
  }

  const server = createServer(async (request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url === '/keys') {
      response.end(JSON.stringify({ keys: [key] }))
      return
    }
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString())
    const client = clients.get(request.headers.authorization ?? '')
    if (!client || form.get('grant_type') !== 'client_credentials') {
      response.statusCode = 401
      response.end(JSON.stringify({ error: 'invalid_client' }))
      return
    }
    granted++
    const { subject, lifeSeconds } = client
    const token = await sign({ sub: subject }, lifeSeconds)
    response.end(
      JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: lifeSeconds }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    settings: {
      'oauthbearer.jwks.endpoint.url': `${url}/keys`,
      'oauthbearer.expected.issuer': COMMON.iss,
      'oauthbearer.expected.audience': COMMON.aud,
    },
    secrets,
    get granted() {
      return granted
    },
    sign,
    addClient(id, secret, subject, lifeSeconds = LIFE_SECONDS) {
      const pair = Buffer.from(`${id}:${secret}`).toString('base64')
      clients.set(`Basic ${pair}`, { subject, lifeSeconds })
      secrets.push(secret, pair)
    },
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Lines of `server.properties` for brokers that take the tokens of an issuer at the listener SASL, beside what `mechanisms` names. */
export function brokersWithTokens(
  { url }: TokenIssuer,
  mechanisms: readonly string[],
): Record<string, string> {
  const prefix = 'listener.name.sasl.oauthbearer'
  const modules = 'org.apache.kafka.common.security.oauthbearer'
  return {
    'sasl.enabled.mechanisms': [...mechanisms, 'OAUTHBEARER'].join(','),
    [`${prefix}.sasl.jaas.config`]: `${modules}.OAuthBearerLoginModule required;`,
    [`${prefix}.sasl.server.callback.handler.class`]: `${modules}.OAuthBearerValidatorCallbackHandler`,
    [`${prefix}.sasl.oauthbearer.jwks.endpoint.url`]: `${url}/keys`,
    [`${prefix}.sasl.oauthbearer.expected.issuer`]: COMMON.iss,
    [`${prefix}.sasl.oauthbearer.expected.audience`]: COMMON.aud,
  }
}

/** Options of the Java virtual machines of these brokers. */
export function javaOptionsOf({ url }: TokenIssuer): readonly string[] {
  return [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${url}/keys`]
}
