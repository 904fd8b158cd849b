/** The routes of a consumer instance's positions and committed offsets. */
import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { NO_CONTENT, ok, type Reply } from '../../http/route.ts'
import { BEGINNING, END, type PartitionTimestamp } from '../../kafka/consumer.ts'
import type { ConsumerInstances } from '../../kafka/consumer-instances.ts'
import { resource } from '../resource-names.ts'
import { CONSUMES_ANY_V2, PRODUCES_ANY_V2 } from './formats.ts'
import { instanceRoute } from './instance-route.ts'
import {
  INSTANCE,
  MAX_KAFKA_STRING_BYTES,
  MAX_LISTED,
  MAX_LISTED_BYTES,
  NOT_EMPTY,
  partitionNumber,
  required,
  requiredList,
  TopicName,
  TopicPartition,
  topicsOfBody,
} from './requests.ts'

const common = { query: {}, consumes: CONSUMES_ANY_V2, produces: PRODUCES_ANY_V2 } as const
const noContent = { 204: { description: 'The next read begins there.' } }
const seekErrors = [
  'BAD_REQUEST',
  'CONSUMER_INSTANCE_NOT_FOUND',
  'ILLEGAL_STATE',
  'UNPROCESSABLE',
] as const

const metadata = Type.Optional(Type.String({ maxLength: MAX_KAFKA_STRING_BYTES }))

const LISTED = { maxItems: MAX_LISTED }

const PartitionList = Type.Object(
  { partitions: Type.Optional(Type.Array(TopicPartition, LISTED)) },
  NOT_EMPTY,
)

const Offset = Type.Object({
  topic: TopicName,
  partition: partitionNumber(0),
  offset: Type.Integer({ minimum: 0, default: 0 }),
  metadata,
})

export const seekToOffset = instanceRoute('other', {
  ...common,
  operationId: 'seekToOffset',
  method: 'POST',
  path: `${INSTANCE}/positions`,
  resource: resource('api.v2.consumers.seek-to-offset'),
  topicsOf: topicsOfBody,
  summary: 'Seek to offsets, then to the first records at or after timestamps.',
  body: Type.Object({
    offsets: Type.Optional(Type.Array(Offset, LISTED)),
    timestamps: Type.Optional(
      Type.Array(
        Type.Object({
          topic: TopicName,
          partition: partitionNumber(0),
          timestamp: Type.String({
            description: 'ISO 8601 with a zone, or seconds since the epoch (also as a number).',
          }),
          metadata,
        }),
        LISTED,
      ),
    ),
  }),
  responses: noContent,
  // Only timestamps need a request to Kafka.
  errors: [...seekErrors, 'KAFKA_AUTHENTICATION', 'PARTITION_NOT_FOUND', 'KAFKA_RETRIABLE_ERROR'],
  async handler({ params, body }, { consumers }) {
    const { offsets = [], timestamps = [] } = required(body)
    const { consumer } = consumers.get(params.group_name, params.instance_name)
    await consumer.seek(offsets, toTimestamps(timestamps))
    return NO_CONTENT
  },
})

interface WrittenTimestamp {
  readonly topic: string
  readonly partition: number
  readonly timestamp: string
}

/** Parses timestamps. Throws 422 when a partition is named twice, 400 for an invalid time. */
function toTimestamps(written: readonly WrittenTimestamp[]): PartitionTimestamp[] {
  const named = new Set<string>()
  return written.map(({ topic, partition, timestamp }, index) => {
    const name = `${topic}-${partition}`
    if (named.has(name)) {
      throw new RestError('UNPROCESSABLE', `/timestamps/${index}: ${name} is named twice.`)
    }
    named.add(name)
    const millis = millisOf(timestamp)
    if (!Number.isSafeInteger(millis) || millis < 0) {
      throw new RestError(
        'BAD_REQUEST',
        `/timestamps/${index}/timestamp is ${timestamp.slice(0, 60)}; expected ISO 8601 with a ` +
          'zone, such as 2020-01-01T00:00:00Z, or seconds since the epoch.',
      )
    }
    return { topic, partition, timestamp: millis }
  })
}

const SECONDS = /^\d{1,12}(\.\d+)?$/
const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/i

function millisOf(timestamp: string): number {
  if (SECONDS.test(timestamp)) return Math.floor(Number(timestamp) * 1000)
  return ISO_8601.test(timestamp) && isDate(timestamp) ? Date.parse(timestamp) : Number.NaN
}

/** Date.parse() takes February 30th for March 1st or 2nd. */
function isDate(timestamp: string): boolean {
  const date = timestamp.slice(0, 'yyyy-mm-dd'.length)
  const moment = new Date(`${date}T00:00:00Z`)
  return Number.isFinite(moment.getTime()) && moment.toISOString().startsWith(date)
}

export const seekToBeginning = instanceRoute('other', {
  ...common,
  operationId: 'seekToBeginning',
  method: 'POST',
  path: `${INSTANCE}/positions/beginning`,
  resource: resource('api.v2.consumers.seek-to-beginning'),
  topicsOf: topicsOfBody,
  summary: 'Seek to the first records of partitions. An empty list means all assigned partitions.',
  body: PartitionList,
  maxBodyBytes: MAX_LISTED_BYTES,
  responses: noContent,
  errors: seekErrors,
  handler: ({ params, body }, { consumers }) =>
    seekToEnds(consumers, params, required(body), BEGINNING),
})

export const seekToEnd = instanceRoute('other', {
  ...common,
  operationId: 'seekToEnd',
  method: 'POST',
  path: `${INSTANCE}/positions/end`,
  resource: resource('api.v2.consumers.seek-to-end'),
  topicsOf: topicsOfBody,
  summary: 'Seek to the ends of partitions. An empty list means all assigned partitions.',
  body: PartitionList,
  maxBodyBytes: MAX_LISTED_BYTES,
  responses: noContent,
  errors: seekErrors,
  handler: ({ params, body }, { consumers }) => seekToEnds(consumers, params, required(body), END),
})

async function seekToEnds(
  consumers: ConsumerInstances,
  params: { readonly group_name: string; readonly instance_name: string },
  body: { partitions?: { topic: string; partition: number }[] },
  offset: number,
): Promise<Reply> {
  const partitions = requiredList(body.partitions, 'partitions')
  const { consumer } = consumers.get(params.group_name, params.instance_name)
  if (partitions.length === 0) await consumer.seekAll(offset)
  else await consumer.seek(partitions.map((each) => ({ ...each, offset })))
  return NO_CONTENT
}

export const commitOffsets = instanceRoute('commit', {
  ...common,
  operationId: 'commitOffsets',
  method: 'POST',
  path: `${INSTANCE}/offsets`,
  resource: resource('api.v2.consumers.commit-offsets'),
  topicsOf: topicsOfBody,
  summary: 'Commit the offsets of processed records. Without a body, commit all delivered records.',
  body: Type.Object(
    {
      offsets: Type.Optional(
        Type.Array(
          Type.Object({
            topic: TopicName,
            partition: partitionNumber(),
            offset: Type.Integer({ minimum: -1 }),
            metadata,
          }),
          LISTED,
        ),
      ),
    },
    NOT_EMPTY,
  ),
  responses: { 200: { description: 'An empty array.', schema: Type.Array(Type.Object({})) } },
  errors: [
    'BAD_REQUEST',
    'KAFKA_AUTHENTICATION',
    'KAFKA_AUTHORIZATION',
    'CONSUMER_INSTANCE_NOT_FOUND',
    'UNPROCESSABLE',
    'KAFKA_ERROR',
    'KAFKA_RETRIABLE_ERROR',
  ],
  async handler({ params, body }, { consumers }) {
    const { consumer } = consumers.get(params.group_name, params.instance_name)
    if (body === undefined) {
      await consumer.commit()
      return ok([])
    }
    const offsets = requiredList(body.offsets, 'offsets')
    // Clients commit the offset of a processed record; Kafka stores the offset of the next one.
    await consumer.commit(
      offsets.map(({ topic, partition, offset, metadata: text = '' }) => ({
        topic,
        partition,
        offset: offset + 1,
        metadata: text,
      })),
    )
    return ok([])
  },
})

export const getCommittedOffsets = instanceRoute('other', {
  ...common,
  operationId: 'getCommittedOffsets',
  method: 'GET',
  path: `${INSTANCE}/offsets`,
  resource: resource('api.v2.consumers.get-committed-offsets'),
  topicsOf: topicsOfBody,
  summary: 'Get the committed offsets of the partitions in the body of this GET.',
  body: PartitionList,
  maxBodyBytes: MAX_LISTED_BYTES,
  responses: {
    200: {
      description:
        'The offsets of the next records, as Kafka stores them. Partitions without a committed offset are omitted.',
      schema: Type.Object({
        offsets: Type.Array(
          Type.Object({
            topic: Type.String(),
            partition: Type.Integer(),
            offset: Type.Integer(),
            metadata: Type.String(),
          }),
        ),
      }),
    },
  },
  errors: [
    'BAD_REQUEST',
    'KAFKA_AUTHENTICATION',
    'KAFKA_AUTHORIZATION',
    'PARTITION_NOT_FOUND',
    'CONSUMER_INSTANCE_NOT_FOUND',
    'UNPROCESSABLE',
    'KAFKA_RETRIABLE_ERROR',
  ],
  async handler({ params, body }, { consumers }) {
    if (body === undefined) throw new RestError('PARTITION_NOT_FOUND')
    const partitions = requiredList(body.partitions, 'partitions')
    const { consumer } = consumers.get(params.group_name, params.instance_name)
    return ok({ offsets: await consumer.committed(partitions) })
  },
})
