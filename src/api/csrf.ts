/**
 * `csrf.prevention.…`: protection from cross-site request forgery. A request that changes something needs a token in a header
 * that no page of another origin can send. The token belongs to a session, which the client names, and to its principal. It is
 * signed: no event loop has to remember it, and all processes of a cluster accept it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Config, clusterOf } from '../config/index.ts'
import { RestError } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { AnyRoute } from '../http/route.ts'
import { resource } from './resource-names.ts'
import { route, type Services } from './services.ts'

type Caller = Pick<Exchange<never>, 'method' | 'principal' | 'requestedBy' | 'requestedWith'>

const NO_SESSION = 'Missing user session identifier in request header X-Requested-By'
const NO_TOKEN = 'Missing CSRF token in request header X-Requested-With'
const WRONG_TOKEN = 'Invalid CSRF token in request header X-Requested-With'

const MS_PER_MINUTE = 60_000
/** The end of the token's time in milliseconds since 1970, and its signature. */
const TOKEN = /^(\d{1,15})\.([\w-]{43})$/
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/** Issues tokens, and checks them. */
export class CsrfTokens {
  readonly #key: Uint8Array
  readonly #lifetimeMs: number

  /** @param secret random bytes that all event loops of the process have; a cluster of processes has its own secret */
  constructor(
    config: Pick<Config, 'csrf.prevention.token.expiration.minutes'> &
      Parameters<typeof clusterOf>[0],
    secret: Uint8Array,
  ) {
    this.#lifetimeMs = config['csrf.prevention.token.expiration.minutes'] * MS_PER_MINUTE
    this.#key = createHmac('sha256', clusterOf(config)?.secret ?? secret)
      .update('tokens of csrf.prevention')
      .digest()
  }

  /** Returns a token for the session that a request names. Throws 400 if it names none. */
  issue(caller: Caller, now = Date.now()): string {
    if (caller.requestedBy === '') throw new RestError('BAD_REQUEST', NO_SESSION)
    const end = now + this.#lifetimeMs
    return `${end}.${this.#sign(end, caller).toString('base64url')}`
  }

  /** Throws 400 for a request that may change something and has no valid token. */
  check(caller: Caller, now = Date.now()): void {
    if (SAFE_METHODS.includes(caller.method)) return
    if (caller.requestedBy === '') throw new RestError('BAD_REQUEST', NO_SESSION)
    if (caller.requestedWith === '') throw new RestError('BAD_REQUEST', NO_TOKEN)
    const [, end, signature = ''] = TOKEN.exec(caller.requestedWith) ?? []
    const given = Buffer.from(signature, 'base64url')
    const isGenuine = end !== undefined && timingSafeEqual(given, this.#sign(Number(end), caller))
    if (!isGenuine || now >= Number(end)) throw new RestError('BAD_REQUEST', WRONG_TOKEN)
  }

  #sign(end: number, { principal, requestedBy }: Caller): Buffer {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([end, principal ?? null, requestedBy]))
      .digest()
  }
}

/** The route at which a session gets its token. */
export function tokenRoute(path: string): AnyRoute<Services> {
  return route({
    operationId: 'issueCsrfToken',
    method: 'GET',
    path,
    resource: resource('operations.csrf'),
    summary:
      'Get a token against cross-site request forgery, in the header X-CONFLUENT-CSRF-TOKEN.',
    query: {},
    consumes: 'any',
    produces: [{ type: 'application/json', quality: 1 }],
    responses: { 200: { description: 'The header has the token; the body is empty.' } },
    errors: ['BAD_REQUEST'],
    handler: (_request, { issueToken }) => ({
      status: 200,
      body: '',
      contentType: '',
      headers: [
        ['X-CONFLUENT-CSRF-TOKEN', issueToken?.() ?? ''],
        ['Cache-Control', 'no-store'],
      ],
    }),
  })
}
