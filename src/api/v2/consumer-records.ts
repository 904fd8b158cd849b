/**
 * The route that reads records. The engine renders the response piece by piece. For formats with schemas, a worker decodes
 * the records between the engine and the response.
 */
import { Type } from 'typebox'
import { NO_RECORDS_BYTES } from '../../cluster/peer-client.ts'
import { RestError } from '../../errors.ts'
import type { ResponseStream } from '../../http/response-stream.ts'
import type { Reply, StreamReply } from '../../http/route.ts'
import type { ReadLimits, ReadSink } from '../../kafka/consumer.ts'
import type { Instance } from '../../kafka/consumer-instances.ts'
import type { SchemaWork } from '../../serde-workers/schema-work.ts'
import { readingResource } from '../resource-names.ts'
import type { ClusterServices } from '../services.ts'
import { CONSUMES_ANY_V2, formatOfType, PRODUCES_RECORDS } from './formats.ts'
import { instanceRoute } from './instance-route.ts'
import { INSTANCE } from './requests.ts'

const Record = Type.Object({
  topic: Type.String(),
  key: Type.Unknown(),
  value: Type.Unknown(),
  partition: Type.Integer(),
  offset: Type.Integer(),
  headers: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String(),
        value: Type.Union([Type.String({ description: 'Base64.' }), Type.Null()]),
      }),
    ),
  ),
  timestamp: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
})

const INCLUDABLE = ['headers', 'timestamp']

export const readRecords = instanceRoute('read', {
  operationId: 'readRecords',
  method: 'GET',
  path: `${INSTANCE}/records`,
  resource: readingResource('api.v2.consumers.consume-'),
  summary: 'Read records. The read ends at fetch.min.bytes, the timeout or the byte limit.',
  query: {
    timeout: {
      type: 'long',
      description: "Milliseconds. A value above the instance's timeout has no effect.",
    },
    max_bytes: { type: 'long', description: 'Exclusive limit for the bytes of keys and values.' },
    include: { type: 'list', description: 'headers, timestamp, or both.' },
  },
  consumes: CONSUMES_ANY_V2,
  produces: PRODUCES_RECORDS,
  responses: { 200: { description: 'The records.', schema: Type.Array(Record) } },
  errors: [
    'BAD_REQUEST',
    'KAFKA_AUTHENTICATION',
    'KAFKA_AUTHORIZATION',
    'PARTITION_NOT_FOUND',
    'CONSUMER_INSTANCE_NOT_FOUND',
    'FORMAT_MISMATCH',
    'UNDECODABLE_RECORD',
    'ILLEGAL_STATE',
    'OVERSIZED_RECORD',
    'TOO_MANY_REQUESTS',
    'KAFKA_ERROR',
    'KAFKA_RETRIABLE_ERROR',
  ],
  handler({ params, query, accepted, isHead }, services): Reply | StreamReply {
    const { consumers, maxReadBytes, schemas, cluster } = services
    const instance = consumers.get(params.group_name, params.instance_name)
    const { engineFormat } = formatOfType(accepted.type)
    if (engineFormat !== instance.format) throw new RestError('FORMAT_MISMATCH')
    const limits = limitsOf(instance, query, maxReadBytes)
    // The response to HEAD has no body, so the request must not consume records.
    if (isHead) return { status: 200, body: '[]' }
    if (instance.format !== 'schema') {
      return {
        status: 200,
        endsWithClient: true,
        stream: (response) => read(instance, limits, response, cluster),
      }
    }
    if (!schemas) throw new Error('an instance that needs schemas, where there are none')
    return {
      status: 200,
      endsWithClient: true,
      stream: (response) => readWithSchemas(instance, limits, response, schemas, cluster),
    }
  },
})

interface Query {
  readonly timeout: number | undefined
  readonly max_bytes: number | undefined
  readonly include: string[] | undefined
}

function limitsOf(instance: Instance, query: Query, maxReadBytes: number): ReadLimits {
  const { timeout = 0, max_bytes = 0, include = [] } = query
  const unknown = include.find((name) => !INCLUDABLE.includes(name))
  if (unknown !== undefined) {
    throw new RestError(
      'BAD_REQUEST',
      `include=${unknown} is unknown; expected headers, timestamp.`,
    )
  }
  return {
    timeoutMs:
      timeout > 0 ? Math.min(timeout, instance.requestTimeoutMs) : instance.requestTimeoutMs,
    maxBytes: max_bytes > 0 ? Math.min(max_bytes, maxReadBytes) : maxReadBytes,
    minBytes: instance.fetchMinBytes,
    headers: include.includes('headers'),
    timestamp: include.includes('timestamp'),
  }
}

function read(
  { consumer }: Instance,
  limits: ReadLimits,
  response: ResponseStream,
  cluster: ClusterServices | undefined,
): void {
  const sink = confirmed(response, cluster, () => open.abandon())
  const open = consumer.read(limits, sink)
  response.onAborted = () => open.abandon()
}

/** Rejects with an unexpected error of the decoder. */
function readWithSchemas(
  { consumer, returnsOversized }: Instance,
  limits: ReadLimits,
  response: ResponseStream,
  schemas: SchemaWork,
  cluster: ClusterServices | undefined,
): Promise<void> {
  return new Promise((_resolve, reject) => {
    const { maxBytes } = limits
    const abandon = () => records.abandon()
    const sink = confirmed(response, cluster, abandon)
    const records = schemas.decode(sink, { maxBytes, returnsOversized }, reject)
    const open = consumer.read(limits, records)
    records.source = open
    response.onAborted = abandon
  })
}

/**
 * The response to a read. If another process passes it on, that process tells whether the client has it: only then the
 * records are delivered.
 */
function confirmed(
  response: ResponseStream,
  cluster: ClusterServices | undefined,
  abandon: () => void,
): ReadSink {
  if (!cluster?.isForwarded) return response
  return {
    send: (bytes, taken, records) => response.send(bytes, taken, records),
    fail: (error) => response.fail(error),
    finish(bytes, taken, records) {
      const isEmpty = response.bytes === 0 && bytes.length <= NO_RECORDS_BYTES
      if (isEmpty) return response.finish(bytes, taken, records)
      const awaitDelivery = () => {
        cluster.delivery = cluster.directory.awaitDelivery(cluster.nonce)
        void cluster.delivery.then((delivered) => (delivered ? taken() : abandon()))
      }
      response.finish(bytes, awaitDelivery, records)
    },
  }
}
