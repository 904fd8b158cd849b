/**
 * The routes that produce records to a topic or a partition. The engine parses the body. For formats with schemas, a
 * worker encodes the records between two calls of the engine.
 */
import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import type { BodyBytes } from '../../http/body.ts'
import type { Reply } from '../../http/route.ts'
import { ProduceDraft } from '../../kafka/produce-draft.ts'
import { ANY_PARTITION, type ProduceResult } from '../../kafka/producer.ts'
import type { SchemaType } from '../../schema-registry/schema.ts'
import { intOf, MAX_INT } from '../java-integers.ts'
import { nullable } from '../json-body.ts'
import { producingResource } from '../resource-names.ts'
import { route, type Services } from '../services.ts'
import { CONSUMES_EMBEDDED, formatOfType, PRODUCES_V2 } from './formats.ts'

/** The body, for the description of the API. The engine has the parser. */
const ProduceRequest = Type.Object({
  records: Type.Array(
    Type.Object({
      key: Type.Optional(
        Type.Unknown({ description: 'Base64, JSON or text. The format decides.' }),
      ),
      value: Type.Optional(
        Type.Unknown({ description: 'Base64, JSON or text, as for the key. Null is a tombstone.' }),
      ),
      partition: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: MAX_INT }))),
      headers: Type.Optional(
        nullable(
          Type.Array(
            Type.Object({
              name: Type.String(),
              value: Type.Optional(nullable(Type.String({ description: 'Base64.' }))),
            }),
          ),
        ),
      ),
      timestamp: Type.Optional(
        nullable(Type.Integer({ minimum: 1, description: 'Milliseconds since the epoch.' })),
      ),
    }),
    { minItems: 1 },
  ),
  key_schema: Type.Optional(nullable(Type.String())),
  key_schema_id: Type.Optional(nullable(Type.Integer())),
  value_schema: Type.Optional(nullable(Type.String())),
  value_schema_id: Type.Optional(nullable(Type.Integer())),
})

const ProduceResponse = Type.Object({
  offsets: Type.Array(
    Type.Object({
      partition: nullable(Type.Integer()),
      offset: nullable(Type.Integer()),
      error_code: nullable(Type.Integer()),
      error: nullable(Type.String()),
    }),
  ),
  key_schema_id: nullable(Type.Integer()),
  value_schema_id: nullable(Type.Integer()),
})

const responses = {
  200: {
    description: 'The results of all records, in the order of the request.',
    schema: ProduceResponse,
  },
  401: {
    description: 'Kafka does not authenticate the proxy. The body is that of 200.',
    schema: ProduceResponse,
  },
  403: {
    description: 'The proxy is not authorized for a record. The body is that of 200.',
    schema: ProduceResponse,
  },
}

const errors = [
  'BAD_REQUEST',
  'KAFKA_AUTHORIZATION',
  'PAYLOAD_TOO_LARGE',
  'UNPROCESSABLE',
  'KEY_SCHEMA_MISSING',
  'VALUE_SCHEMA_MISSING',
  'INVALID_SCHEMA',
  'NO_SCHEMA_REGISTRY',
  'SERIALIZATION_FAILED',
  'TOO_MANY_REQUESTS',
] as const

const common = {
  query: {},
  consumes: CONSUMES_EMBEDDED,
  produces: PRODUCES_V2,
  body: 'bytes',
  bytes: ProduceRequest,
  responses,
  errors,
} as const

export const produceToTopic = route({
  ...common,
  operationId: 'produceToTopic',
  method: 'POST',
  path: '/topics/{topic_name}',
  resource: producingResource('api.v2.produce-to-topic.'),
  summary: 'Produce records to a topic.',
  handler({ params, contentType, body }, services) {
    return produce(services, params.topic_name, ANY_PARTITION, contentType, body)
  },
})

export const produceToPartition = route({
  ...common,
  operationId: 'produceToPartition',
  method: 'POST',
  path: '/topics/{topic_name}/partitions/{partition_id}',
  integers: ['partition_id'],
  resource: producingResource('api.v2.produce-to-partition.'),
  summary: 'Produce records to a partition. A partition in a record takes precedence.',
  handler({ params, contentType, body }, services) {
    const partition = intOf(params.partition_id)
    if (partition < 0) {
      throw new RestError('UNPROCESSABLE', `The partition ${partition} must not be negative.`)
    }
    return produce(services, params.topic_name, partition, contentType, body)
  },
})

function produce(
  services: Services,
  topic: string,
  partition: number,
  contentType: string,
  body: BodyBytes,
): Promise<Reply> {
  const { engineFormat, schemaType } = formatOfType(contentType)
  const produced =
    schemaType === undefined
      ? services.producer.produce(topic, partition, engineFormat, body, services.trace)
      : produceWithSchemas(services, topic, partition, schemaType, body)
  return produced.then(replyOf)
}

function replyOf(result: ProduceResult): Reply {
  const { json, status, records, failed, throttleMs } = result
  const logged = { records, failedRecords: failed }
  if (failed === 0 && throttleMs === 0) return { status, body: json, logged }
  return { status, body: json, headers: headersOf(result), logged }
}

/** Gateways and monitoring see only the status 200 of failed records and of slow brokers; headers show them. */
function headersOf({ failed, throttleMs }: ProduceResult): (readonly [string, string])[] {
  return [
    ...(failed === 0 ? [] : [['X-Failed-Records', String(failed)] as const]),
    ...(throttleMs === 0 ? [] : [['X-Throttle-Time-Ms', String(throttleMs)] as const]),
  ]
}

/** Encodes all records before it produces the first one. */
async function produceWithSchemas(
  { producer, schemas, trace }: Services,
  topic: string,
  partition: number,
  type: SchemaType,
  body: BodyBytes,
): Promise<ProduceResult> {
  const draft = await ProduceDraft.parse(body)
  try {
    if (!schemas) throw withoutRegistry(draft)
    const ids = await schemas.encode(type, topic, draft)
    return await producer.produceDraft(topic, partition, draft, ids, trace)
  } catch (error) {
    draft.release()
    throw error
  }
}

/** The error of a process without a schema registry (docs/conformance.md#7.9-no-schema). */
function withoutRegistry({ hasSchema }: ProduceDraft): RestError {
  if (hasSchema) return new RestError('NO_SCHEMA_REGISTRY')
  return new RestError(
    'SERIALIZATION_FAILED',
    'Error serializing message. Schema Registry not defined, no Schema Registry client available ' +
      'to serialize message.',
  )
}
