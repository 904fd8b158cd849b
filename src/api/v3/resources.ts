/** The form of v3 resources. */
import { type TProperties, type TSchema, Type } from 'typebox'
import { type AnyRoute, type QuerySpec, type RouteSpec, routesFor } from '../../http/route.ts'
import { resource as endpoint } from '../resource-names.ts'
import type { Services } from '../services.ts'
import { CONSUMES_V3, PRODUCES_V3 } from './dialect.ts'

/** The tag of endpoints that only Sluice has. */
export const SLUICE_TAG = 'Sluice'

/** The description of a relationship. */
export const Relation = Type.Object({ related: Type.String() })

/** The description of a resource. */
export function resourceOf(kind: string, properties: TProperties) {
  return Type.Object({
    kind: Type.Literal(kind),
    metadata: Type.Object({ self: Type.String(), resource_name: Type.String() }),
    cluster_id: Type.String(),
    ...properties,
  })
}

type V3Spec<Path extends string, Query extends QuerySpec, Body> = Omit<
  RouteSpec<Services, Path, Query, Body>,
  'consumes' | 'produces' | 'resource' | 'query' | 'errors'
> & {
  /** Upstream's name of the endpoint for operators. */
  readonly name: string
  readonly query?: Query
  readonly errors?: RouteSpec<Services, Path, Query, Body>['errors']
}

const make = routesFor<Services>()

/** What Kafka may answer to any call. */
const KAFKA_ANSWERS = [
  'INVALID_KAFKA_REQUEST',
  'KAFKA_AUTHENTICATION',
  'KAFKA_AUTHORIZATION',
  'KAFKA_ERROR',
  'KAFKA_RETRIABLE_ERROR',
  'BROKER_NOT_AVAILABLE',
  'THROTTLED_BY_KAFKA',
  'NO_CLUSTER_ID',
] as const

/** Makes a route of the v3 API, whose bodies are JSON. */
export function v3<
  const Path extends string,
  const Query extends QuerySpec = Record<never, never>,
  const Body extends 'bytes' | 'stream' | 'duplex' | TSchema | undefined = undefined,
>({ name, query, errors = [], ...spec }: V3Spec<Path, Query, Body>): AnyRoute<Services> {
  return make<Path, Query, Body>({
    consumes: spec.body === undefined ? 'any' : CONSUMES_V3,
    produces: PRODUCES_V3,
    resource: endpoint(name),
    // All routes that write change something for all clients, except for those that produce records.
    isAudited: spec.method !== 'GET' && !name.includes('produce'),
    ...spec,
    query: query ?? ({} as Query),
    errors,
    sharedErrors: KAFKA_ANSWERS,
  } as unknown as RouteSpec<Services, Path, Query, Body>)
}
