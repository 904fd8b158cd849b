/**
 * The API for other processes of the cluster: the routes of consumer instances, and the proof that this process knows
 * their secret. It takes signed requests only, and is served on `sluice.peer.listeners` only.
 */
import { Type } from 'typebox'
import { DELIVERIES_PATH, PROOF_PATH } from '../cluster/peer-client.ts'
import { hashOf, SCHEME, type VerifiedRequest } from '../cluster/signature.ts'
import type { Config } from '../config/index.ts'
import { RestError } from '../errors.ts'
import type { BodyBytes } from '../http/body.ts'
import type { Api } from '../http/dispatch.ts'
import type { Exchange, Scheme } from '../http/exchange.ts'
import { type AnyRoute, NO_CONTENT, ok } from '../http/route.ts'
import { baseUriOf } from './base-uri.ts'
import { kafkaServicesOf } from './kafka-identity.ts'
import { type ClusterServices, route, type Services, type SharedServices } from './services.ts'
import { v2Dialect } from './v2/dialect.ts'

/** Proves to another process that this one knows the secret. */
export const provePeer = route({
  operationId: 'provePeer',
  method: 'GET',
  path: PROOF_PATH,
  summary: 'Prove the knowledge of the secret of the cluster.',
  query: { nonce: { type: 'list', description: 'A random text.' } },
  consumes: 'any',
  produces: [{ type: 'application/json', quality: 1 }],
  responses: {
    200: {
      description: 'The proof, and the beginning of URLs for clients.',
      schema: Type.Object({ proof: Type.String(), base_url: Type.String() }),
    },
  },
  errors: ['NO_PEER'],
  handler({ query }, { cluster }) {
    const { signature, url, baseUrl } = cluster as ClusterServices
    const nonce = query.nonce?.join(',') ?? ''
    return ok({ proof: signature.prove(nonce, url, baseUrl), base_url: baseUrl })
  },
})

/** Tells this process whether the client of a forwarded read has the response, or is still taking it. */
export const confirmDelivery = route({
  operationId: 'confirmDelivery',
  method: 'POST',
  path: DELIVERIES_PATH,
  summary: 'Tell whether a client has the response to its read.',
  query: {
    nonce: { type: 'list', description: 'The number that names the signature of the read.' },
    delivered: { type: 'long', description: '1 or 0; absent while the client takes it.' },
  },
  consumes: 'any',
  produces: [{ type: 'application/json', quality: 1 }],
  responses: { 204: { description: 'Done.' } },
  errors: ['NO_PEER'],
  async handler({ query }, { cluster }) {
    const nonce = query.nonce?.join(',') ?? ''
    if (query.delivered === undefined) await cluster?.directory.postponeDelivery(nonce)
    else await cluster?.directory.confirmDelivery(nonce, query.delivered === 1)
    return NO_CONTENT
  },
})

/** Returns the API that a configuration enables for other processes; undefined without a cluster. */
export function peerApiOf(
  config: Config,
  shared: SharedServices,
  instanceRoutes: readonly AnyRoute<Services>[],
): Api<Services> | undefined {
  const { cluster } = shared
  if (!cluster) return undefined
  const { directory, signature } = cluster
  const baseUri = baseUriOf(config)
  const verified = new WeakMap<Exchange<Services>, VerifiedRequest>()
  return {
    routes: [...instanceRoutes, provePeer, confirmDelivery],
    dialect: v2Dialect(config),
    async admit(exchange) {
      const { method, path, rawQuery, authorization } = exchange
      const target = rawQuery === '' ? path : `${path}?${rawQuery}`
      const request = signature.verify({ audience: cluster.url, method, target }, authorization)
      if (!request || !(await directory.acceptNonce(request.nonce))) throw noPeer()
      verified.set(exchange, request)
      const { nonce, client } = request
      const { origin, login, call, isRepeated } = client
      const loginOf = () => login
      takeClient(exchange, client)
      const services = Object.create(shared)
      services.baseUri = baseUri({ scheme: schemeOf(origin), origin })
      const { route: asked } = exchange
      const usesKafka = asked !== provePeer && asked !== confirmDelivery
      Object.assign(services, kafkaServicesOf(shared, exchange, usesKafka, loginOf))
      const caller = () => ({ principal: exchange.principal, login })
      const forwarded = { exchange, caller, isForwarded: true, nonce, call, isRepeated }
      services.cluster = { ...cluster, ...forwarded }
      return services
    },
    checkBody(exchange, body) {
      if (verified.get(exchange)?.bodyHash !== hashOf(bytesOf(body))) throw noPeer()
    },
  }
}

/** The challenge tells the refusal of a signature from one of Kafka. */
function noPeer(): RestError {
  return new RestError('NO_PEER', undefined, { headers: [['WWW-Authenticate', SCHEME]] })
}

/** The exchange becomes one of the client that another process has told of. */
function takeClient(
  exchange: Exchange<Services>,
  { principal, address }: VerifiedRequest['client'],
): void {
  if (principal !== '') exchange.principal = principal
  if (exchange.clientAddress !== '') exchange.forwardedBy = exchange.clientAddress
  if (address !== '') exchange.clientAddress = address
}

function schemeOf(origin: string): Scheme {
  return origin.startsWith('https:') ? 'https' : 'http'
}

function bytesOf(body: BodyBytes): Uint8Array {
  return new Uint8Array(body instanceof ArrayBuffer ? body : body.bytes())
}
