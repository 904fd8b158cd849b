/** Makes an OpenAPI 3.1 document from routes. */
import type { TSchema } from 'typebox'
import { ERRORS, type ErrorName, isRetriable, statusOf } from '../errors.ts'
import type { AnyRoute, QueryParameter, QuerySpec, ResponseDoc } from './route.ts'

/** The document's `info`. */
export interface ApiInfo {
  readonly title: string
  readonly version: string
  readonly description: string
}

/** A security scheme of OpenAPI. */
export type SecurityScheme =
  | { readonly type: 'http'; readonly scheme: string; readonly bearerFormat?: string }
  | { readonly type: 'mutualTLS' }

/** The credentials of clients. */
export interface Security {
  /** By their names. */
  readonly schemes: Readonly<Record<string, SecurityScheme>>
  /** What a path asks for, of which one is sufficient; an empty object is nothing. */
  requirementsOf(path: string): readonly Readonly<Record<string, readonly string[]>>[]
}

type Json = Record<string, unknown>

/** Errors of every route: of the head, of the client's credentials, of the body, and of the server. */
export const COMMON_ERRORS: readonly ErrorName[] = [
  'BAD_REQUEST',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'ACCESS_DENIED',
  'NOT_FOUND',
  'NOT_ACCEPTABLE',
  'REQUEST_TIMEOUT',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'HEADERS_TOO_LARGE',
  'INTERNAL',
  'TOO_MANY_REQUESTS',
  'TOO_MANY_LOGINS',
  'RATE_LIMITED',
  'STOPPING',
  'OUT_OF_TIME',
  'AUTHENTICATION_UNAVAILABLE',
  'OUT_OF_MEMORY',
  'NO_THREADS',
  'NO_DESCRIPTORS',
]

/**
 * The document as a value for JSON.stringify. `errorSchema` describes the body of an error; `basePath`
 * precedes all paths; `security` is undefined if clients need no credentials.
 */
export function openApiOf<Services>(
  routes: readonly AnyRoute<Services>[],
  errorSchema: TSchema,
  info: ApiInfo,
  basePath = '',
  security?: Security,
): Json {
  const paths: Record<string, Json> = {}
  const tagOf = tagsOf(routes.map(({ path }) => path))
  for (const route of routes) {
    const requirements = security && { security: security.requirementsOf(route.path) }
    const tag = route.tag ?? tagOf(route.path)
    const operation = { tags: [tag], ...operationOf(route), ...requirements }
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation }
  }
  return {
    openapi: '3.1.0',
    info,
    ...(basePath === '' ? {} : { servers: [{ url: basePath }] }),
    paths,
    components: {
      schemas: { Error: errorSchema },
      ...(security && { securitySchemes: security.schemes }),
    },
  }
}

/** Groups operations for readers: by the resource, or else as operations of the server. */
function tagsOf(paths: readonly string[]): (path: string) => string {
  const resources = new Set(paths.flatMap((path) => /^\/(\w+)\/\{/.exec(path)?.[1] ?? []))
  return (path) => {
    const name = path.split('/')[1] ?? ''
    return resources.has(name) ? name : 'server'
  }
}

function operationOf<Services>(route: AnyRoute<Services>): Json {
  const parameters = [...pathParameters(route), ...queryParameters(route.query)]
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body ? { requestBody: requestBodyOf(route) } : {}),
    responses: responsesOf(route),
  }
}

function pathParameters<Services>({ path, integers = [] }: AnyRoute<Services>): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: integers.includes(name as string) ? 'integer' : 'string' },
  }))
}

const QUERY_SCHEMAS: Readonly<Record<QueryParameter['type'], Json>> = {
  long: { type: 'integer', format: 'int64' },
  list: { type: 'array', items: { type: 'string' } },
  text: { type: 'string' },
  flag: { type: 'boolean' },
}

function queryParameters(query: QuerySpec): Json[] {
  return Object.entries(query).map(([name, { type, description }]) => ({
    name,
    in: 'query',
    description,
    ...(type === 'list' ? { style: 'form', explode: false } : {}),
    schema: QUERY_SCHEMAS[type],
  }))
}

function requestBodyOf<Services>({ body, bytes, consumes }: AnyRoute<Services>): Json {
  const schema = strict(typeof body === 'string' ? (bytes ?? {}) : body)
  const types = consumes === 'any' ? ['application/json'] : consumes
  return { content: Object.fromEntries(types.map((type) => [type, { schema }])) }
}

/** The schema as decoders apply it: no unknown members, and a maximum bounds negative numbers, too. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict)
  if (typeof schema !== 'object' || schema === null) return schema
  const copy: Json = {}
  for (const [name, member] of Object.entries(schema)) copy[name] = strict(member)
  if (copy['type'] === 'object') copy['additionalProperties'] ??= false
  if (typeof copy['maximum'] === 'number') copy['minimum'] ??= -copy['maximum']
  return copy
}

function responsesOf<Services>(route: AnyRoute<Services>): Json {
  // A page for browsers is not a part of the API.
  const types = route.produces.filter(({ onlyFor }) => !onlyFor).map(({ type }) => type)
  const responses: Record<string, Json> = {}
  for (const [status, doc] of Object.entries(route.responses)) {
    responses[status] = responseOf(doc, types)
  }
  const errors = new Set([...route.errors, ...(route.sharedErrors ?? []), ...COMMON_ERRORS])
  for (const [status, names] of errorsByStatus([...errors])) {
    const description = names.map(describeError).join('\n\n')
    const own = route.responses[status]
    responses[status] = own
      ? responseOf(orError(own, description), types)
      : { description, content: { '*/*': { schema: ERROR } } }
  }
  return responses
}

function describeError(name: ErrorName): string {
  const [code, message] = ERRORS[name]
  return `${code}${isRetriable(name) ? ' (retriable)' : ''}: ${message}`
}

const ERROR = { $ref: '#/components/schemas/Error' }

/** A response whose status is also the status of errors. */
function orError({ description, schema }: ResponseDoc, error: string): ResponseDoc {
  return {
    description: `${description}\n\n${error}`,
    ...(schema && { schema: { anyOf: [schema, ERROR] } }),
  }
}

function responseOf({ description, schema }: ResponseDoc, types: readonly string[]): Json {
  if (!schema) return { description }
  return { description, content: Object.fromEntries(types.map((type) => [type, { schema }])) }
}

function errorsByStatus(names: readonly ErrorName[]): [number, ErrorName[]][] {
  const byStatus = new Map<number, ErrorName[]>()
  for (const name of names) {
    const status = statusOf(ERRORS[name][0])
    byStatus.set(status, [...(byStatus.get(status) ?? []), name])
  }
  return [...byStatus].sort(([left], [right]) => left - right)
}
