/** Routes for operators and monitoring: health, readiness, metrics, and the API's description. */
import { Type } from 'typebox'
import { ok } from '../http/route.ts'
import { fileReply } from './reference.ts'
import { resource } from './resource-names.ts'
import { route } from './services.ts'

const JSON_OFFER = [{ type: 'application/json', quality: 1 }]
const Status = Type.Object({ status: Type.String() })

export const isHealthy = route({
  operationId: 'isHealthy',
  method: 'GET',
  path: '/healthy',
  resource: resource('operations.healthy'),
  summary: 'Check that the process answers.',
  query: {},
  consumes: 'any',
  produces: JSON_OFFER,
  responses: { 200: { description: 'It works.', schema: Status } },
  errors: [],
  handler: () => ok({ status: 'healthy' }),
})

export const isReady = route({
  operationId: 'isReady',
  method: 'GET',
  path: '/ready',
  resource: resource('operations.ready'),
  summary: 'Check that the process accepts requests: a broker answers, and no shutdown has begun.',
  query: {},
  consumes: 'any',
  produces: JSON_OFFER,
  responses: {
    200: { description: 'Ready.', schema: Status },
    503: { description: 'Not ready.', schema: Status },
  },
  errors: [],
  async handler(_request, services) {
    if (await services.isReady()) return ok({ status: 'ready' })
    return { status: 503, body: JSON.stringify({ status: 'not ready' }) }
  },
})

export const getMetrics = route({
  operationId: 'getMetrics',
  method: 'GET',
  path: '/metrics',
  resource: resource('operations.metrics'),
  summary: "Get the metrics, in Prometheus's text format.",
  query: {},
  consumes: 'any',
  produces: [
    { type: 'text/plain', quality: 1 },
    { type: 'application/openmetrics-text', quality: 0.1 },
  ],
  responses: { 200: { description: 'The metrics.', schema: Type.String() } },
  errors: [],
  async handler(_request, { renderMetrics }) {
    const contentType = 'text/plain; version=0.0.4; charset=utf-8'
    return { status: 200, body: await renderMetrics(), contentType }
  },
})

export const getOpenApi = route({
  operationId: 'getOpenApi',
  method: 'GET',
  path: '/openapi.json',
  resource: resource('operations.openapi'),
  summary: 'Get the description of this API.',
  query: {},
  consumes: 'any',
  produces: JSON_OFFER,
  responses: {
    200: {
      description: 'An OpenAPI 3.1 document.',
      schema: Type.Record(Type.String(), Type.Unknown()),
    },
  },
  errors: [],
  handler: (_request, { openApi }) => fileReply(openApi),
})
