/** The list of all routes. */
import { type Config, clusterOf } from '../config/index.ts'
import type { Api } from '../http/dispatch.ts'
import type { Exchange } from '../http/exchange.ts'
import type { AnyRoute, RestRequest } from '../http/route.ts'
import { ProcessLimits } from '../limits/process-limits.ts'
import type { AccessControl } from './access-control.ts'
import { basePathOf, baseUriOf } from './base-uri.ts'
import { CsrfTokens, tokenRoute } from './csrf.ts'
import { EndpointLists } from './endpoint-lists.ts'
import { instanceCallerOf, kafkaServicesOf } from './kafka-identity.ts'
import { LimitedAdmission } from './limited-admission.ts'
import { getMetrics, getOpenApi, isHealthy, isReady } from './operations.ts'
import { confirmDelivery, peerApiOf, provePeer } from './peers.ts'
import { principals } from './principal.ts'
import { type Authenticate, recheckOf } from './recheck.ts'
import { getReference, getReferenceFile } from './reference.ts'
import { warningsOfNames } from './resource-names.ts'
import type { Services, SharedServices } from './services.ts'
import { listBrokers } from './v2/brokers.ts'
import {
  commitOffsets,
  getCommittedOffsets,
  seekToBeginning,
  seekToEnd,
  seekToOffset,
} from './v2/consumer-positions.ts'
import { readRecords } from './v2/consumer-records.ts'
import {
  assign,
  createConsumer,
  deleteConsumer,
  getAssignment,
  getSubscription,
  subscribe,
  unsubscribe,
} from './v2/consumers.ts'
import { v2Dialect } from './v2/dialect.ts'
import { getPartition, getPartitionOffsets, listPartitions } from './v2/partitions.ts'
import { produceToPartition, produceToTopic } from './v2/produce.ts'
import { getRoot, postRoot } from './v2/root.ts'
import { getTopic, listTopics } from './v2/topics.ts'
import { V3_DIALECT } from './v3/dialect.ts'
import { V3_ROUTES } from './v3/routes.ts'

const V2_ROUTES: readonly AnyRoute<Services>[] = [
  getRoot,
  postRoot,
  listBrokers,
  listTopics,
  getTopic,
  produceToTopic,
  listPartitions,
  getPartition,
  produceToPartition,
  getPartitionOffsets,
  createConsumer,
  deleteConsumer,
  subscribe,
  getSubscription,
  unsubscribe,
  assign,
  getAssignment,
  seekToOffset,
  seekToBeginning,
  seekToEnd,
  commitOffsets,
  getCommittedOffsets,
  readRecords,
]

/** The routes that processes of a cluster serve for each other. */
const INSTANCE_ROUTES = V2_ROUTES.filter(({ path }) => path.startsWith('/consumers/'))

const OPERATIONS_ROUTES: readonly AnyRoute<Services>[] = [
  isHealthy,
  isReady,
  getMetrics,
  getOpenApi,
  getReference,
  getReferenceFile,
]

export const ROUTES: readonly AnyRoute<Services>[] = [
  ...V2_ROUTES,
  ...V3_ROUTES,
  ...OPERATIONS_ROUTES,
]

/** The routes that are served without Kafka, and so without an identity there. */
const ROUTES_WITHOUT_KAFKA: ReadonlySet<string | undefined> = new Set(
  [...OPERATIONS_ROUTES, getRoot, postRoot, tokenRoute('/csrf')].map(
    ({ operationId }) => operationId,
  ),
)

/** Returns the routes that a configuration enables. */
export function routesOf(config: Config): readonly AnyRoute<Services>[] {
  const routes = [
    ...(config['api.v2.enable'] ? V2_ROUTES : []),
    ...(config['api.v3.enable'] ? V3_ROUTES : []),
    ...OPERATIONS_ROUTES,
  ]
  if (!config['csrf.prevention.enable']) return routes
  return [...routes, tokenRoute(config['csrf.prevention.token.endpoint'])]
}

/** Returns the routes that clients can reach. */
export function servedRoutesOf(config: Config): readonly AnyRoute<Services>[] {
  const routes = routesOf(config)
  return EndpointLists.of(config)?.served(routes) ?? routes
}

/** Returns warnings about names of endpoints in the configuration. */
export function warningsOfEndpointNames(config: Config): string[] {
  const routes = routesOf(config)
  const named = {
    'api.endpoints.allowlist': config['api.endpoints.allowlist'],
    'api.endpoints.blocklist': config['api.endpoints.blocklist'],
    'rate.limit.costs': config['rate.limit.costs'].map((item) => item.replace(/=.*/, '')),
  }
  return Object.entries(named).flatMap(([key, names]) => warningsOfNames(key, names, routes))
}

/** Returns all routes that are counted in the metrics: those of a configuration, and that of its cluster. */
export function countedRoutesOf(config: Config): readonly AnyRoute<Services>[] {
  return clusterOf(config) ? [...routesOf(config), provePeer, confirmDelivery] : routesOf(config)
}

/** Returns the API for other processes of the cluster; undefined without a cluster. */
export function peerApisOf(config: Config, shared: SharedServices): [Api<Services>] | undefined {
  const api = peerApiOf(config, shared, INSTANCE_ROUTES)
  return api && [api]
}

/** Returns the API for operators. Its requests need no authentication: its addresses are not for clients. */
export function adminApisOf(config: Config, shared: SharedServices): [Api<Services>] {
  const services: Services = { ...shared, baseUri: '', cluster: undefined }
  return [
    { routes: [isHealthy, isReady, getMetrics], dialect: v2Dialect(config), admit: () => services },
  ]
}

/**
 * Returns the APIs that a configuration enables. The routes for operators use the dialect of v2.
 *
 * @param authenticate that of logins, with which requests that last for long are checked again
 */
export function apisOf(
  config: Config,
  shared: SharedServices,
  limits = new ProcessLimits(config),
  access?: AccessControl,
  authenticate?: Authenticate,
): [Api<Services>, ...Api<Services>[]] {
  const routes = routesOf(config)
  const baseUri = baseUriOf(config)
  const alias = config['sluice.v3.alias']
  const aliasPath = `${basePathOf(config)}${alias}/v3/`
  const principalOf = principals(config)
  const identify = (request: Exchange<Services>): void => {
    request.principal = principalOf(request)
  }
  const recheckLater = (request: Exchange<Services>) => {
    const identify = () => void kafkaServicesOf(shared, request, true)
    return recheckOf(request, authenticate, access, shared.principals && identify)
  }
  const serve = (request: Exchange<Services>): Services => {
    // The services inherit from the shared ones: copying them takes two microseconds of each request.
    const services = Object.create(shared)
    services.baseUri = baseUri(request)
    services.principal = request.principal
    if (request.trace) services.trace = request.trace
    const usesKafka = !ROUTES_WITHOUT_KAFKA.has(request.route?.operationId)
    if (request.route?.body === 'duplex') {
      services.meter = limited?.meterOf(request)
      services.recheck = recheckLater(request)
    }
    Object.assign(services, kafkaServicesOf(shared, request, usesKafka))
    if (shared.cluster) {
      services.cluster = {
        ...shared.cluster,
        exchange: request,
        caller: () => instanceCallerOf(shared, request),
        isForwarded: false,
        nonce: '',
        call: '',
        isRepeated: false,
      }
    }
    if (csrf) services.issueToken = () => csrf.issue(request)
    if (access) {
      services.visibleTopics = (topics: readonly string[]) => access.visibleTopics(request, topics)
    }
    return services
  }
  const serveV3 = (request: Exchange<Services>): Services => {
    const services = serve(request)
    return alias !== '' && request.path.startsWith(aliasPath)
      ? Object.assign(services, { baseUri: services.baseUri + alias })
      : services
  }
  const lists = EndpointLists.of(config)
  const csrf = config['csrf.prevention.enable'] ? new CsrfTokens(config, limits.secret) : undefined
  const limited = limits.isEmpty ? undefined : new LimitedAdmission(limits)
  const admission = (serveRequest: (request: Exchange<Services>) => Services) => ({
    admit(request: Exchange<Services>) {
      identify(request)
      csrf?.check(request)
      // A request that is refused opens no client of Kafka.
      access?.checkHead(request)
      const waiting = limited?.admit(request)
      return waiting ? waiting.then(() => serveRequest(request)) : serveRequest(request)
    },
    checkRequest:
      access &&
      ((request: Exchange<Services>, { body }: RestRequest) => access.checkTopics(request, body)),
    hides: lists && ((request: Exchange<Services>) => lists.hides(request)),
    onOver: limited?.onOver,
  })
  const isV3 = new Set<AnyRoute<Services>>(V3_ROUTES)
  return [
    {
      routes: routes.filter((route) => !isV3.has(route)),
      dialect: v2Dialect(config),
      ...admission(serve),
    },
    {
      routes: routes.filter((route) => isV3.has(route)),
      prefixes: [...new Set(['', alias])],
      dialect: V3_DIALECT,
      ...admission(serveV3),
    },
  ]
}
