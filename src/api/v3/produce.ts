/** The routes of the v3 API that produce records: a stream, and a batch. The engine parses the bodies. */

import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { nullable } from '../json-body.ts'
import { encodeWaiting } from './encoding.ts'
import { RecordExchange } from './record-exchange.ts'
import { v3 } from './resources.ts'

/** The charsets that a stream may declare. Its bytes are UTF-8 either way. */
const CHARSETS: ReadonlySet<string> = new Set(['', 'utf-8', 'iso-8859-1'])

/** A key or a value, for the description of the API. */
const Data = nullable(
  Type.Object({
    type: Type.Optional(
      Type.Enum(['BINARY', 'JSON', 'STRING', 'AVRO', 'JSONSCHEMA', 'PROTOBUF'], {
        description: 'Without it the data have a schema of the registry.',
      }),
    ),
    subject: Type.Optional(Type.String()),
    subject_name_strategy: Type.Optional(
      Type.Enum(['TOPIC_NAME', 'RECORD_NAME', 'TOPIC_RECORD_NAME']),
    ),
    schema_id: Type.Optional(Type.Integer()),
    schema_version: Type.Optional(Type.Integer()),
    schema: Type.Optional(Type.String()),
    data: Type.Optional(
      Type.Unknown({ description: 'Base64, JSON or text; null is a tombstone.' }),
    ),
  }),
)

const Record = {
  partition_id: Type.Optional(nullable(Type.Integer())),
  headers: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String(),
        value: Type.Optional(nullable(Type.String({ description: 'Base64.' }))),
      }),
    ),
  ),
  key: Type.Optional(Data),
  value: Type.Optional(Data),
  timestamp: Type.Optional(
    Type.Unknown({ description: 'An ISO 8601 instant, or seconds since the epoch.' }),
  ),
}

const Written = Type.Object({
  type: Type.String(),
  subject: Type.Optional(Type.String()),
  schema_id: Type.Optional(Type.Integer()),
  schema_version: Type.Optional(Type.Integer()),
  size: Type.Integer({ description: 'Of the bytes in Kafka; -1 for null.' }),
})

const Receipt = {
  cluster_id: Type.String(),
  topic_name: Type.String(),
  partition_id: Type.Integer(),
  offset: Type.Integer(),
  timestamp: Type.Optional(Type.String()),
  key: Type.Optional(Written),
  value: Type.Optional(Written),
}

const Failure = { error_code: Type.Integer(), message: Type.String() }

export const produceRecord = v3({
  operationId: 'produceRecord',
  method: 'POST',
  path: '/v3/clusters/{cluster_id}/topics/{topic_name}/records',
  name: 'api.v3.produce.produce-to-topic',
  tag: 'Records (v3)',
  summary: 'Produce records to a topic, and get an answer to each while the request goes on.',
  body: 'duplex',
  bytes: Type.Object(Record, {
    description: 'Objects one behind the other, with white space between them or without.',
  }),
  responses: {
    200: {
      description:
        'A receipt or an error for each record, in their order: objects one behind the other, each with the end of a line.',
      schema: Type.Union([
        Type.Object({ error_code: Type.Integer(), ...Receipt }),
        Type.Object(Failure),
      ]),
    },
  },
  errors: ['BAD_REQUEST'],
  handler({ params, contentType, charset, body }, services) {
    const { producer, schemas, trace, meter, recheck, streamLimits, openStreams } = services
    if (contentType === '') throw new RestError('UNSUPPORTED_MEDIA_TYPE')
    if (!CHARSETS.has(charset)) {
      throw new RestError(
        'BAD_REQUEST',
        'Unsupported charset in Content-Type header. Supports "UTF-8" and "ISO-8859-1".',
      )
    }
    const target = {
      producer,
      schemas,
      topic: params.topic_name,
      clusterId: params.cluster_id,
      trace,
      meter,
      recheck,
    }
    return {
      status: 200,
      isDuplex: true,
      stream: (response) => {
        new RecordExchange(body, response, target, streamLimits, openStreams)
      },
    }
  },
})

export const produceRecordsBatch = v3({
  operationId: 'produceRecordsBatch',
  method: 'POST',
  path: '/v3/clusters/{cluster_id}/topics/{topic_name}/records:batch',
  name: 'api.v3.batch-produce.produce-to-topic',
  tag: 'Records (v3)',
  summary: 'Produce a few records to a topic, each with an id for its result.',
  body: 'bytes',
  bytes: Type.Object({
    entries: Type.Array(
      Type.Object({ id: Type.String({ pattern: '^[0-9a-zA-Z_-]{1,80}$' }), ...Record }),
    ),
  }),
  responses: {
    207: {
      description:
        'The results of all entries: those that were written, and the others, each in their order.',
      schema: Type.Object({
        successes: Type.Array(Type.Object({ id: Type.String(), ...Receipt })),
        failures: Type.Array(Type.Object({ id: Type.String(), ...Failure })),
      }),
    },
  },
  errors: ['BAD_REQUEST', 'UNPROCESSABLE', 'INVALID_BATCH'],
  async handler({ params, body }, { producer, schemas, trace, streamLimits }) {
    const { topic_name: topic, cluster_id: clusterId } = params
    const bytes = body instanceof ArrayBuffer ? body : body.bytes()
    const { json, failed } = await producer.produceRecords(
      { topic, clusterId, trace },
      { bytes, maxEntries: streamLimits.maxEntries },
      (stream, route) => void encodeWaiting(schemas, topic, stream, route),
    )
    return { status: 207, body: json, logged: { failedRecords: failed } }
  },
})
