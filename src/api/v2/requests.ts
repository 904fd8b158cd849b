/** What several v2 routes have in common in their requests: a path, schemas, and what they need. */
import { type TSchema, Type } from 'typebox'
import { RestError } from '../../errors.ts'

/** The start of every path of a consumer instance. */
export const INSTANCE = '/consumers/{group_name}/instances/{instance_name}'

/** Integers without another limit are Java's ints. */
export const MAX_INT = 2 ** 31 - 1

/** Kafka's protocol has two bytes for the length of a string. */
export const MAX_KAFKA_STRING_BYTES = 2 ** 15 - 1

/** Kafka's limit. One of more than 512 bytes that is assigned would end the process, in librdkafka. */
export const MAX_TOPIC_NAME = 249

/** The name of a topic in a body. */
export const TopicName = Type.String({ minLength: 1, maxLength: MAX_TOPIC_NAME })

/**
 * Most entries of a list of topics or partitions. The time that librdkafka needs for them grows with
 * their square, and it takes it from other instances.
 */
export const MAX_LISTED = 1000

/** What may be null, in an answer, or in a body that the engine reads. */
export function nullable<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()])
}

/** The number of a partition in a body; `absent` stands for one that is not there. */
export function partitionNumber(absent?: number) {
  const fallback = absent === undefined ? {} : { default: absent }
  return Type.Integer({ minimum: 0, maximum: MAX_INT, ...fallback })
}

/** A partition in a body. */
export const TopicPartition = Type.Object({ topic: TopicName, partition: partitionNumber() })

/**
 * Of a body with one list, which must be there. It is optional all the same: what is missing is 422
 * here, and 400 elsewhere.
 */
export const NOT_EMPTY = { minProperties: 1 }

/** The body of a request that needs one. */
export function required<T>(body: T | undefined): T {
  if (body === undefined) {
    throw new RestError('UNPROCESSABLE', 'The request body must not be null (was null).')
  }
  return body
}

/** A list in a body that must be there, though it may be empty. */
export function requiredList<T>(list: T[] | undefined, name: string): T[] {
  if (list === undefined) {
    throw new RestError('UNPROCESSABLE', `/${name} must not be null (was null).`)
  }
  return list
}

const JAVA_INT = /^[+-]?\d{1,10}$/

/** Parses the partition of a path. Throws 404 for a text that is no integer (docs/conformance.md#3.2-parameter). */
export function partitionOf(text: string): number {
  const partition = JAVA_INT.test(text) ? Number(text) : Number.NaN
  if (!(Math.abs(partition) <= MAX_INT)) throw new RestError('NOT_FOUND')
  return partition
}
