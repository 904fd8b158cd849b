/** Paths, schemas and checks that the requests of several v2 routes share. */
import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { MAX_INT } from '../java-integers.ts'

/** The beginning of the paths of a consumer instance. */
export const INSTANCE = '/consumers/{group_name}/instances/{instance_name}'

/** Kafka's protocol has two bytes for the length of a string. */
export const MAX_KAFKA_STRING_BYTES = 2 ** 15 - 1

/** Kafka's limit. librdkafka ends the process for an assigned topic with a name of more than 512 bytes. */
export const MAX_TOPIC_NAME = 249

/** The name of a topic in a body. */
export const TopicName = Type.String({ minLength: 1, maxLength: MAX_TOPIC_NAME })

/**
 * Limit for the entries of a list of topics or partitions. librdkafka's time for a list is quadratic, and other
 * instances wait meanwhile.
 */
export const MAX_LISTED = 1000

/** The `maxBodyBytes` of such a list: it has names of up to 249 bytes and numbers, and room for white space. */
export const MAX_LISTED_BYTES = 2 ** 19

/** The number of a partition in a body. @param absent the value of an absent member */
export function partitionNumber(absent?: number) {
  const fallback = absent === undefined ? {} : { default: absent }
  return Type.Integer({ minimum: 0, maximum: MAX_INT, ...fallback })
}

/** A partition in a body. */
export const TopicPartition = Type.Object({ topic: TopicName, partition: partitionNumber() })

/**
 * The option of a body with one required list. Its schema declares the list as optional, because a missing list is 422
 * here and 400 elsewhere.
 */
export const NOT_EMPTY = { minProperties: 1 }

/** Returns the body of a request that needs one. Throws 422 for an absent body. */
export function required<T>(body: T | undefined): T {
  if (body === undefined) {
    throw new RestError('UNPROCESSABLE', 'The request body must not be null (was null).')
  }
  return body
}

/** Returns a required list of a body, which may be empty. Throws 422 for an absent list. */
export function requiredList<T>(list: T[] | undefined, name: string): T[] {
  if (list === undefined) {
    throw new RestError('UNPROCESSABLE', `/${name} must not be null (was null).`)
  }
  return list
}

interface NamingTopics {
  readonly topics?: readonly string[]
  readonly topic_pattern?: string
  readonly partitions?: readonly { readonly topic: string }[]
  readonly offsets?: readonly { readonly topic: string }[]
  readonly timestamps?: readonly { readonly topic: string }[]
}

/** The topics that a body of a request to a consumer instance names; `any` for a pattern, which topics of later times match, too. */
export function topicsOfBody(body: NamingTopics | undefined): readonly string[] | 'any' {
  const { topics = [], topic_pattern, partitions = [], offsets = [], timestamps = [] } = body ?? {}
  if (topic_pattern !== undefined) return 'any'
  const listed = [...partitions, ...offsets, ...timestamps].map(({ topic }) => topic)
  return [...new Set([...topics, ...listed])]
}
