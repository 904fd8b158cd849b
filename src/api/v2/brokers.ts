/** `/brokers`. */
import { Type } from 'typebox'
import { ok } from '../../http/route.ts'
import { resource } from '../resource-names.ts'
import { route } from '../services.ts'
import { PRODUCES_V2 } from './formats.ts'

export const listBrokers = route({
  operationId: 'listBrokers',
  method: 'GET',
  path: '/brokers',
  resource: resource('api.v2.brokers.list'),
  summary: 'List the ids of the brokers.',
  query: {},
  consumes: 'any',
  produces: PRODUCES_V2,
  responses: {
    200: {
      description: 'The ids of the brokers.',
      schema: Type.Object({ brokers: Type.Array(Type.Integer()) }),
    },
  },
  errors: ['KAFKA_AUTHENTICATION', 'KAFKA_RETRIABLE_ERROR'],
  async handler(_request, { admin }) {
    const { brokers } = await admin.describeCluster()
    return ok({ brokers: brokers.map(({ id }) => id) })
  },
})
