/** Producing: to a topic, and to a partition. The engine has the grammar of the body. */
import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import type { BodyBytes } from '../../http/body.ts'
import type { Reply } from '../../http/route.ts'
import { ANY_PARTITION, type Producer } from '../../kafka/producer.ts'
import { route } from '../services.ts'
import { CONSUMES_EMBEDDED, formatOfType, PRODUCES_V2 } from './media-types.ts'
import { partitionOf } from './requests.ts'

const ProduceResponse = Type.Object({
  offsets: Type.Array(
    Type.Object({
      partition: Type.Union([Type.Integer(), Type.Null()]),
      offset: Type.Union([Type.Integer(), Type.Null()]),
      error_code: Type.Union([Type.Integer(), Type.Null()]),
      error: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
  key_schema_id: Type.Union([Type.Integer(), Type.Null()]),
  value_schema_id: Type.Union([Type.Integer(), Type.Null()]),
})

const responses = {
  200: {
    description: 'What became of each record, in the order of the request.',
    schema: ProduceResponse,
  },
  401: { description: 'Kafka does not know us; per record as in 200.', schema: ProduceResponse },
  403: { description: 'Kafka refused a record; per record as in 200.', schema: ProduceResponse },
}

const errors = ['BAD_REQUEST', 'PAYLOAD_TOO_LARGE', 'UNPROCESSABLE', 'TOO_MANY_REQUESTS'] as const

export const produceToTopic = route({
  operationId: 'produceToTopic',
  method: 'POST',
  path: '/topics/{topic_name}',
  summary: 'Produce records to a topic.',
  query: {},
  consumes: CONSUMES_EMBEDDED,
  produces: PRODUCES_V2,
  body: 'bytes',
  responses,
  errors,
  handler({ params, contentType, bytes }, { producer }) {
    return produce(producer, params.topic_name, ANY_PARTITION, contentType, bytes)
  },
})

export const produceToPartition = route({
  operationId: 'produceToPartition',
  method: 'POST',
  path: '/topics/{topic_name}/partitions/{partition_id}',
  summary: 'Produce records to a partition. One that names its own goes there instead.',
  query: {},
  consumes: CONSUMES_EMBEDDED,
  produces: PRODUCES_V2,
  body: 'bytes',
  responses,
  errors,
  handler({ params, contentType, bytes }, { producer }) {
    const partition = partitionOf(params.partition_id)
    if (partition < 0) {
      throw new RestError('UNPROCESSABLE', `The partition ${partition} must not be negative.`)
    }
    return produce(producer, params.topic_name, partition, contentType, bytes)
  },
})

async function produce(
  producer: Producer,
  topic: string,
  partition: number,
  contentType: string,
  bytes: BodyBytes,
): Promise<Reply> {
  const format = formatOfType(contentType)
  const { json, status, failed } = await producer.produce(topic, partition, format, bytes)
  // 200 hides failed records from gateways and monitoring; this does not.
  if (failed === 0) return { status, body: json }
  const headers = [['X-Failed-Records', String(failed)]] as const
  return { status, body: json, headers, logged: { failedRecords: failed } }
}
