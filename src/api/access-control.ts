/** The admission of requests by the rules of `sluice.access.rules`. */
import {
  type AccessCaller,
  type AccessEndpoint,
  type AccessRequest,
  AccessRules,
} from '../access/access-rules.ts'
import { RestError } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { AnyRoute } from '../http/route.ts'

/** The part of an exchange that rules depend on. */
export type AccessExchange = Pick<
  Exchange<never>,
  'principal' | 'roles' | 'clientAddress' | 'route' | 'params' | 'contentType' | 'accepted'
>

type AccessRoute = Pick<AnyRoute<never>, 'method' | 'path' | 'resource' | 'topicsOf'>

/** Endpoints that rules do not concern: probes carry no credentials, and learn nothing of Kafka's content. */
export const PROBES: ReadonlySet<string> = new Set(['operations.healthy', 'operations.ready'])

/** Returns the endpoints of routes, as rules name them. */
export function accessEndpointsOf(routes: readonly AccessRoute[]): readonly AccessEndpoint[] {
  return routes.flatMap((route) => {
    const hasTopics = route.topicsOf !== undefined || parametersOf(route).topic !== undefined
    const names = route.resource?.names ?? []
    return names.map((name) => ({ name, method: route.method, hasTopics }))
  })
}

/** Returns the request of an endpoint, for rules. `params` are those of the path; `topics` those of the body. */
export function accessRequestOf(
  route: AccessRoute,
  endpoint: string,
  params: readonly string[],
  topics: AccessRequest['topics'],
  caller: AccessCaller,
): AccessRequest {
  const parameters = parametersOf(route)
  return {
    principal: caller.principal,
    groups: caller.groups,
    address: caller.address,
    endpoint,
    method: route.method,
    consumerGroup: parameters.group === undefined ? undefined : params[parameters.group],
    topics: parameters.topic === undefined ? topics : [params[parameters.topic] as string],
  }
}

/** Applies the rules to the requests of an event loop. */
export class AccessControl {
  readonly #endpoints: readonly AccessEndpoint[]
  #rules: AccessRules

  /** Throws an AccessRulesError. */
  constructor(text: string, routes: readonly AccessRoute[]) {
    this.#endpoints = accessEndpointsOf(routes)
    this.#rules = new AccessRules(text, this.#endpoints)
  }

  /** Replaces the rules, for requests that come later. Throws an AccessRulesError, and changes nothing. */
  replace(text: string): void {
    this.#rules = new AccessRules(text, this.#endpoints)
  }

  /** Checks a request by its head, unless its body has to name the topics. Throws 403. */
  checkHead(exchange: AccessExchange): void {
    if (exchange.route && !exchange.route.topicsOf) this.#check(exchange, exchange.route, [])
  }

  /** Checks a request whose body names topics. Throws 403. */
  checkTopics(exchange: AccessExchange, body: unknown): void {
    const { route } = exchange
    if (route?.topicsOf) this.#check(exchange, route, route.topicsOf(body))
  }

  /** The topics that the caller of a request may see. */
  visibleTopics(exchange: AccessExchange, topics: readonly string[]): string[] {
    return this.#rules.visibleTopics(callerOf(exchange), topics)
  }

  #check(exchange: AccessExchange, route: AccessRoute, topics: AccessRequest['topics']): void {
    const endpoint = route.resource?.nameOf(exchange)
    // Only answers to OPTIONS have no endpoint.
    if (endpoint === undefined || PROBES.has(endpoint)) return
    const caller = callerOf(exchange)
    const request = accessRequestOf(route, endpoint, exchange.params, topics, caller)
    const { isAllowed, topic } = this.#rules.decide(request)
    if (isAllowed) return
    const about =
      topic === undefined ? '' : ` and ${topic === 'any' ? 'any topic' : `the topic ${topic}`}`
    throw new RestError(
      'ACCESS_DENIED',
      `The rules of this server do not allow ${endpoint}${about}.`,
    )
  }
}

function callerOf({ principal, roles, clientAddress: address }: AccessExchange): AccessCaller {
  return { principal, groups: roles, address }
}

/** The indexes of parameters in the path of a route; undefined for those that it does not have. */
interface Parameters {
  readonly cluster: number | undefined
  readonly topic: number | undefined
  readonly group: number | undefined
}

/** To find them takes microseconds. */
const known = new WeakMap<AccessRoute, Parameters>()

/** Returns the topic in the path of a request; undefined if its route has none. */
export function topicOf(route: AccessRoute, params: readonly string[]): string | undefined {
  const { topic } = parametersOf(route)
  return topic === undefined ? undefined : params[topic]
}

/** Returns the cluster id in the path of a request; undefined if its route has none. */
export function clusterIdOf(route: AccessRoute, params: readonly string[]): string | undefined {
  const { cluster } = parametersOf(route)
  return cluster === undefined ? undefined : params[cluster]
}

function parametersOf(route: AccessRoute): Parameters {
  let parameters = known.get(route)
  if (!parameters) {
    const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    const indexOf = (name: string) => (names.includes(name) ? names.indexOf(name) : undefined)
    const group = indexOf('group_name') ?? indexOf('consumer_group_id')
    parameters = { cluster: indexOf('cluster_id'), topic: indexOf('topic_name'), group }
    known.set(route, parameters)
  }
  return parameters
}
