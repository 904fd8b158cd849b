/** The OpenAPI document of a few routes: what is declared is there, and nothing twice. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { openApiOf } from '../../../src/http/openapi.ts'
import { NO_CONTENT, ok, routesFor } from '../../../src/http/route.ts'

const route = routesFor<undefined>()
const V2 = 'application/vnd.kafka.v2+json'
const OFFERS = [{ type: V2, quality: 1 }]
const BODY = Type.Object({ topics: Type.Array(Type.String()) })
/** As it is told: decoders refuse what is not declared. */
const TOLD_BODY = { ...JSON.parse(JSON.stringify(BODY)), additionalProperties: false }

const getPartition = route({
  operationId: 'getPartition',
  method: 'GET',
  path: '/topics/{topic_name}/partitions/{partition_id}',
  integers: ['partition_id'],
  summary: 'A partition.',
  query: {
    timeout: { type: 'long', description: 'How long.' },
    include: { type: 'list', description: 'What else.' },
  },
  consumes: 'any',
  produces: OFFERS,
  responses: { 200: { description: 'It.', schema: Type.Object({ partition: Type.Integer() }) } },
  errors: ['PARTITION_NOT_FOUND'],
  handler: () => ok({}),
})

const subscribe = route({
  operationId: 'subscribe',
  method: 'POST',
  path: '/subscription',
  summary: 'Subscribes.',
  query: {},
  consumes: [V2, 'application/json'],
  produces: OFFERS,
  body: BODY,
  responses: { 204: { description: 'Done.' } },
  errors: ['UNPROCESSABLE', 'CONSTRAINT_VIOLATION', 'NOT_FOUND'],
  handler: () => NO_CONTENT,
})

const unsubscribe = route({
  operationId: 'unsubscribe',
  method: 'DELETE',
  path: '/subscription',
  summary: 'Unsubscribes.',
  query: {},
  consumes: 'any',
  produces: OFFERS,
  responses: { 204: { description: 'Done.' } },
  errors: [],
  handler: () => NO_CONTENT,
})

const ERROR = Type.Object({ message: Type.String() })
const INFO = { title: 'Title', version: '1', description: 'About.' }

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: unknown[]
  readonly requestBody?: { readonly content: Record<string, { schema: unknown }> }
  readonly responses: Record<string, { description: string; content?: Record<string, unknown> }>
}

function documentOf(): { info: unknown; paths: Record<string, Record<string, Operation>> } {
  return JSON.parse(JSON.stringify(openApiOf([getPartition, subscribe, unsubscribe], ERROR, INFO)))
}

const { info, paths } = documentOf()

function operation(path: string, method: string): Operation {
  const found = paths[path]?.[method]
  assert.ok(found, `${method} ${path}`)
  return found
}

test('the document has the title, the version and the description that it is given', () => {
  assert.deepEqual(info, INFO)
})

test('methods of one path stand together', () => {
  assert.deepEqual(Object.keys(paths), [getPartition.path, subscribe.path])
  assert.deepEqual(Object.keys(paths['/subscription'] ?? {}), ['post', 'delete'])
})

test('parameters are those of the path, which must be there, and of the query', () => {
  const path = { in: 'path', required: true }
  assert.deepEqual(operation(getPartition.path, 'get').parameters, [
    { name: 'topic_name', ...path, schema: { type: 'string' } },
    { name: 'partition_id', ...path, schema: { type: 'integer' } },
    {
      name: 'timeout',
      in: 'query',
      description: 'How long.',
      schema: { type: 'integer', format: 'int64' },
    },
    {
      name: 'include',
      in: 'query',
      description: 'What else.',
      style: 'form',
      explode: false,
      schema: { type: 'array', items: { type: 'string' } },
    },
  ])
  assert.equal(operation('/subscription', 'post').parameters, undefined)
})

test('a body that is read as bytes is told as what they are', () => {
  const raw = { ...subscribe, body: 'bytes', bytes: BODY } as const
  const { paths: all } = JSON.parse(JSON.stringify(openApiOf([raw], ERROR, INFO)))
  const [content] = Object.values<{ schema: object }>(all['/subscription'].post.requestBody.content)
  assert.deepEqual(content?.schema, TOLD_BODY)
})

test('a body is told in every type that is accepted; without one there is none', () => {
  const schema = TOLD_BODY
  assert.deepEqual(operation('/subscription', 'post').requestBody?.content, {
    [V2]: { schema },
    'application/json': { schema },
  })
  assert.equal(operation('/subscription', 'delete').requestBody, undefined)
})

test('an answer has its schema in the types that are offered; 204 has none', () => {
  const { responses } = operation(getPartition.path, 'get')
  assert.deepEqual(Object.keys(responses['200']?.content ?? {}), [V2])
  assert.deepEqual(operation('/subscription', 'post').responses['204'], { description: 'Done.' })
})

test('errors stand under their status, all of one together, each once', () => {
  const { responses } = operation('/subscription', 'post')
  assert.match(responses['422']?.description ?? '', /^422: .*\n\n40001: /)
  assert.equal(responses['404']?.description.match(/404: /g)?.length, 1)
  const statuses = Object.keys(responses).map(Number)
  for (const status of [400, 404, 406, 408, 413, 415, 422, 500])
    assert.ok(statuses.includes(status))
  assert.match(operation(getPartition.path, 'get').responses['404']?.description ?? '', /40402: /)
})

test('credentials are told for each operation, and for nobody when none are asked for', () => {
  const security = {
    schemes: { basic: { type: 'http', scheme: 'basic' } },
    requirementsOf: (path: string) => (path === '/subscription' ? [{}] : [{ basic: [] }]),
  } as const
  const info = { title: 't', version: '1', description: 'd' }
  const routes = [getPartition, subscribe]
  const told = openApiOf(routes, BODY, info, '', security) as Record<string, Record<string, never>>
  assert.deepEqual(told['components']?.['securitySchemes'], security.schemes)
  const operations = Object.values(told['paths'] ?? {}).flatMap((path) => Object.values(path))
  assert.deepEqual(
    operations.map((operation) => (operation as { security: unknown }).security),
    [[{ basic: [] }], [{}]],
  )
  assert.doesNotMatch(JSON.stringify(openApiOf(routes, BODY, info)), /"security/)
})
