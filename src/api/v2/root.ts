/** The root path, which load balancers probe. */
import { Type } from 'typebox'
import { ok, SMALL_BODY_BYTES } from '../../http/route.ts'
import { PAGE_OFFER, pageReply } from '../reference.ts'
import { resource } from '../resource-names.ts'
import { route } from '../services.ts'
import { CONSUMES_V2, PRODUCES_V2 } from './formats.ts'

const responses = { 200: { description: 'An empty object.', schema: Type.Object({}) } }

export const getRoot = route({
  operationId: 'getRoot',
  method: 'GET',
  path: '/',
  resource: resource('api.v2.root.get'),
  summary:
    'Check that the server answers, without a call to Kafka. Browsers get the API reference.',
  query: {},
  consumes: CONSUMES_V2,
  produces: [...PRODUCES_V2, PAGE_OFFER],
  responses,
  errors: [],
  handler: ({ accepted }, { reference }) =>
    accepted === PAGE_OFFER ? pageReply(reference.page()) : ok({}),
})

export const postRoot = route({
  operationId: 'postRoot',
  method: 'POST',
  path: '/',
  resource: resource('api.v2.root.post'),
  summary: 'Check that the server answers, with a body.',
  query: {},
  consumes: CONSUMES_V2,
  produces: PRODUCES_V2,
  body: Type.Object({}, { additionalProperties: Type.String() }),
  maxBodyBytes: SMALL_BODY_BYTES,
  responses,
  errors: ['BAD_REQUEST'],
  handler: () => ok({}),
})
