/**
 * Kafka's error codes as REST errors. The table of categories is exhaustive: a new code of a new librdkafka is a type
 * error until it has a category.
 */
import { ERRORS, type ErrorName, RestError } from '../errors.ts'
import { KAFKA_ERRORS, type KafkaErrorName } from './kafka-errors.ts'

type Category = 'authentication' | 'authorization' | 'retriable' | 'other'

const REST_ERRORS = {
  authentication: 'KAFKA_AUTHENTICATION',
  authorization: 'KAFKA_AUTHORIZATION',
  retriable: 'KAFKA_RETRIABLE_ERROR',
  other: 'KAFKA_ERROR',
} as const satisfies Record<Category, ErrorName>

/** The category of each error (docs/conformance.md#3.5). Names with a leading underscore are librdkafka's own. */
const CATEGORIES: Record<KafkaErrorName, Category> = {
  _BAD_MSG: 'other',
  _BAD_COMPRESSION: 'other',
  _DESTROY: 'retriable',
  _FAIL: 'retriable',
  _TRANSPORT: 'retriable',
  _CRIT_SYS_RESOURCE: 'other',
  _RESOLVE: 'retriable',
  _MSG_TIMED_OUT: 'retriable',
  _PARTITION_EOF: 'other',
  _UNKNOWN_PARTITION: 'retriable',
  _FS: 'other',
  _UNKNOWN_TOPIC: 'retriable',
  _ALL_BROKERS_DOWN: 'retriable',
  _INVALID_ARG: 'other',
  _TIMED_OUT: 'retriable',
  _QUEUE_FULL: 'retriable',
  _ISR_INSUFF: 'retriable',
  _NODE_UPDATE: 'retriable',
  _SSL: 'authentication',
  _WAIT_COORD: 'retriable',
  _UNKNOWN_GROUP: 'other',
  _IN_PROGRESS: 'retriable',
  _PREV_IN_PROGRESS: 'retriable',
  _EXISTING_SUBSCRIPTION: 'other',
  _ASSIGN_PARTITIONS: 'other',
  _REVOKE_PARTITIONS: 'other',
  _CONFLICT: 'other',
  _STATE: 'other',
  _UNKNOWN_PROTOCOL: 'other',
  _NOT_IMPLEMENTED: 'other',
  _AUTHENTICATION: 'authentication',
  _NO_OFFSET: 'other',
  _OUTDATED: 'other',
  _TIMED_OUT_QUEUE: 'retriable',
  _UNSUPPORTED_FEATURE: 'other',
  _WAIT_CACHE: 'other',
  _INTR: 'other',
  _KEY_SERIALIZATION: 'other',
  _VALUE_SERIALIZATION: 'other',
  _KEY_DESERIALIZATION: 'other',
  _VALUE_DESERIALIZATION: 'other',
  _PARTIAL: 'other',
  _READ_ONLY: 'other',
  _NOENT: 'other',
  _UNDERFLOW: 'other',
  _INVALID_TYPE: 'other',
  _RETRY: 'retriable',
  _PURGE_QUEUE: 'retriable',
  _PURGE_INFLIGHT: 'retriable',
  _FATAL: 'other',
  _INCONSISTENT: 'other',
  _GAPLESS_GUARANTEE: 'other',
  _MAX_POLL_EXCEEDED: 'other',
  _UNKNOWN_BROKER: 'other',
  _NOT_CONFIGURED: 'other',
  _FENCED: 'other',
  _APPLICATION: 'other',
  _ASSIGNMENT_LOST: 'other',
  _NOOP: 'other',
  _AUTO_OFFSET_RESET: 'other',
  _LOG_TRUNCATION: 'other',
  _INVALID_DIFFERENT_RECORD: 'other',
  _DESTROY_BROKER: 'retriable',
  UNKNOWN: 'other',
  NO_ERROR: 'other',
  OFFSET_OUT_OF_RANGE: 'other',
  INVALID_MSG: 'retriable',
  UNKNOWN_TOPIC_OR_PART: 'retriable',
  INVALID_MSG_SIZE: 'other',
  LEADER_NOT_AVAILABLE: 'retriable',
  NOT_LEADER_FOR_PARTITION: 'retriable',
  REQUEST_TIMED_OUT: 'retriable',
  BROKER_NOT_AVAILABLE: 'other',
  REPLICA_NOT_AVAILABLE: 'retriable',
  MSG_SIZE_TOO_LARGE: 'other',
  STALE_CTRL_EPOCH: 'other',
  OFFSET_METADATA_TOO_LARGE: 'other',
  NETWORK_EXCEPTION: 'retriable',
  COORDINATOR_LOAD_IN_PROGRESS: 'retriable',
  COORDINATOR_NOT_AVAILABLE: 'retriable',
  NOT_COORDINATOR: 'retriable',
  TOPIC_EXCEPTION: 'other',
  RECORD_LIST_TOO_LARGE: 'other',
  NOT_ENOUGH_REPLICAS: 'retriable',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'retriable',
  INVALID_REQUIRED_ACKS: 'other',
  ILLEGAL_GENERATION: 'other',
  INCONSISTENT_GROUP_PROTOCOL: 'other',
  INVALID_GROUP_ID: 'other',
  UNKNOWN_MEMBER_ID: 'other',
  INVALID_SESSION_TIMEOUT: 'other',
  REBALANCE_IN_PROGRESS: 'other',
  INVALID_COMMIT_OFFSET_SIZE: 'other',
  TOPIC_AUTHORIZATION_FAILED: 'authorization',
  GROUP_AUTHORIZATION_FAILED: 'authorization',
  CLUSTER_AUTHORIZATION_FAILED: 'authorization',
  INVALID_TIMESTAMP: 'other',
  UNSUPPORTED_SASL_MECHANISM: 'authentication',
  ILLEGAL_SASL_STATE: 'authentication',
  UNSUPPORTED_VERSION: 'other',
  TOPIC_ALREADY_EXISTS: 'other',
  INVALID_PARTITIONS: 'other',
  INVALID_REPLICATION_FACTOR: 'other',
  INVALID_REPLICA_ASSIGNMENT: 'other',
  INVALID_CONFIG: 'other',
  NOT_CONTROLLER: 'retriable',
  INVALID_REQUEST: 'other',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'other',
  POLICY_VIOLATION: 'other',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'other',
  DUPLICATE_SEQUENCE_NUMBER: 'other',
  INVALID_PRODUCER_EPOCH: 'other',
  INVALID_TXN_STATE: 'other',
  INVALID_PRODUCER_ID_MAPPING: 'other',
  INVALID_TRANSACTION_TIMEOUT: 'other',
  CONCURRENT_TRANSACTIONS: 'retriable',
  TRANSACTION_COORDINATOR_FENCED: 'other',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'authorization',
  SECURITY_DISABLED: 'other',
  OPERATION_NOT_ATTEMPTED: 'other',
  KAFKA_STORAGE_ERROR: 'retriable',
  LOG_DIR_NOT_FOUND: 'other',
  SASL_AUTHENTICATION_FAILED: 'authentication',
  UNKNOWN_PRODUCER_ID: 'other',
  REASSIGNMENT_IN_PROGRESS: 'other',
  DELEGATION_TOKEN_AUTH_DISABLED: 'other',
  DELEGATION_TOKEN_NOT_FOUND: 'other',
  DELEGATION_TOKEN_OWNER_MISMATCH: 'other',
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: 'other',
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: 'authorization',
  DELEGATION_TOKEN_EXPIRED: 'other',
  INVALID_PRINCIPAL_TYPE: 'other',
  NON_EMPTY_GROUP: 'other',
  GROUP_ID_NOT_FOUND: 'other',
  FETCH_SESSION_ID_NOT_FOUND: 'retriable',
  INVALID_FETCH_SESSION_EPOCH: 'retriable',
  LISTENER_NOT_FOUND: 'retriable',
  TOPIC_DELETION_DISABLED: 'other',
  FENCED_LEADER_EPOCH: 'retriable',
  UNKNOWN_LEADER_EPOCH: 'retriable',
  UNSUPPORTED_COMPRESSION_TYPE: 'other',
  STALE_BROKER_EPOCH: 'other',
  OFFSET_NOT_AVAILABLE: 'retriable',
  MEMBER_ID_REQUIRED: 'other',
  PREFERRED_LEADER_NOT_AVAILABLE: 'retriable',
  GROUP_MAX_SIZE_REACHED: 'other',
  FENCED_INSTANCE_ID: 'other',
  ELIGIBLE_LEADERS_NOT_AVAILABLE: 'retriable',
  ELECTION_NOT_NEEDED: 'retriable',
  NO_REASSIGNMENT_IN_PROGRESS: 'other',
  GROUP_SUBSCRIBED_TO_TOPIC: 'other',
  INVALID_RECORD: 'other',
  UNSTABLE_OFFSET_COMMIT: 'retriable',
  THROTTLING_QUOTA_EXCEEDED: 'retriable',
  PRODUCER_FENCED: 'other',
  RESOURCE_NOT_FOUND: 'other',
  DUPLICATE_RESOURCE: 'other',
  UNACCEPTABLE_CREDENTIAL: 'other',
  INCONSISTENT_VOTER_SET: 'other',
  INVALID_UPDATE_VERSION: 'other',
  FEATURE_UPDATE_FAILED: 'other',
  PRINCIPAL_DESERIALIZATION_FAILURE: 'other',
  UNKNOWN_TOPIC_ID: 'retriable',
  FENCED_MEMBER_EPOCH: 'other',
  UNRELEASED_INSTANCE_ID: 'other',
  UNSUPPORTED_ASSIGNOR: 'other',
  STALE_MEMBER_EPOCH: 'other',
  UNKNOWN_SUBSCRIPTION_ID: 'other',
  TELEMETRY_TOO_LARGE: 'other',
  REBOOTSTRAP_REQUIRED: 'other',
}

/** Exceptions for whole requests, which do not apply to records (docs/conformance.md#3.5). */
const OF_REQUESTS: Partial<Record<KafkaErrorName, ErrorName>> = {
  UNKNOWN_TOPIC_OR_PART: 'UNKNOWN_TOPIC_OR_PARTITION',
  UNKNOWN_TOPIC_ID: 'UNKNOWN_TOPIC_OR_PARTITION',
  _UNKNOWN_TOPIC: 'UNKNOWN_TOPIC_OR_PARTITION',
  _UNKNOWN_PARTITION: 'PARTITION_NOT_FOUND',
  // The error of a request to the leaders of partitions when none of the partitions exists.
  _NOENT: 'PARTITION_NOT_FOUND',
  BROKER_NOT_AVAILABLE: 'BROKER_NOT_AVAILABLE',
  MSG_SIZE_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  THROTTLING_QUOTA_EXCEEDED: 'THROTTLED_BY_KAFKA',
  UNKNOWN: 'INVALID_KAFKA_REQUEST',
  TOPIC_EXCEPTION: 'INVALID_KAFKA_REQUEST',
  UNSUPPORTED_VERSION: 'INVALID_KAFKA_REQUEST',
  TOPIC_ALREADY_EXISTS: 'INVALID_KAFKA_REQUEST',
  INVALID_PARTITIONS: 'INVALID_KAFKA_REQUEST',
  INVALID_REPLICATION_FACTOR: 'INVALID_KAFKA_REQUEST',
  INVALID_CONFIG: 'INVALID_KAFKA_REQUEST',
  INVALID_REQUEST: 'INVALID_KAFKA_REQUEST',
  POLICY_VIOLATION: 'INVALID_KAFKA_REQUEST',
  SECURITY_DISABLED: 'INVALID_KAFKA_REQUEST',
  TOPIC_DELETION_DISABLED: 'INVALID_KAFKA_REQUEST',
  NON_EMPTY_GROUP: 'INVALID_KAFKA_REQUEST',
  UNACCEPTABLE_CREDENTIAL: 'INVALID_KAFKA_REQUEST',
  // A user without a password of SCRAM.
  RESOURCE_NOT_FOUND: 'NOT_FOUND',
  GROUP_SUBSCRIBED_TO_TOPIC: 'INVALID_KAFKA_REQUEST',
  // librdkafka refuses requests that other clients send, and brokers refuse.
  _INVALID_ARG: 'INVALID_KAFKA_REQUEST',
  _CONFLICT: 'INVALID_KAFKA_REQUEST',
}

/** The error of a commit by a member that its group has removed. Uncommitted records are delivered again. */
const EXPELLED =
  'Offset commit cannot be completed since the consumer is not part of an active group for auto ' +
  'partition assignment; it is likely that the consumer was kicked out of the group. Its records ' +
  'that were not committed are delivered again.'

/**
 * Texts of Kafka's Java client (docs/conformance.md#3.5), for errors whose texts in librdkafka differ. The engine fills
 * in {topic}, {partition}, {size}, {limit} and {timeout} of a record, and {group} of a request.
 */
const TEXTS: Partial<Record<KafkaErrorName, string>> = {
  ILLEGAL_GENERATION: EXPELLED,
  UNKNOWN_MEMBER_ID: EXPELLED,
  FENCED_MEMBER_EPOCH: EXPELLED,
  STALE_MEMBER_EPOCH: EXPELLED,
  REBALANCE_IN_PROGRESS:
    'Offset commit cannot be completed since the consumer is undergoing a rebalance for auto ' +
    'partition assignment. Read, and then commit again.',
  UNKNOWN_TOPIC_OR_PART: ERRORS.UNKNOWN_TOPIC_OR_PARTITION[1],
  MSG_SIZE_TOO_LARGE:
    'The request included a message larger than the max message size the server will accept.',
  NOT_ENOUGH_REPLICAS:
    'Messages are rejected since there are fewer in-sync replicas than required.',
}

/** Texts whose details only the engine has: those of produced records, topics and groups. */
const TEXTS_OF_ENGINE: Partial<Record<KafkaErrorName, string>> = {
  UNKNOWN_TOPIC_OR_PART: 'Topic {topic} not present in metadata.',
  _UNKNOWN_TOPIC: 'Topic {topic} not present in metadata.',
  _UNKNOWN_PARTITION: 'Partition {partition} of topic {topic} is not present in metadata.',
  // librdkafka's text names a broker.
  _DESTROY:
    'Partition {partition} of topic {topic} was removed, or the topic is being looked for again.',
  TOPIC_EXCEPTION: 'Invalid topics: [{topic}]',
  TOPIC_AUTHORIZATION_FAILED: 'Not authorized to access topics: [{topic}]',
  GROUP_AUTHORIZATION_FAILED: 'Not authorized to access group: {group}',
  // The engine's code for records that librdkafka refuses; MSG_SIZE_TOO_LARGE is the broker's code.
  INVALID_MSG_SIZE:
    'The message is {size} bytes when serialized which is larger than {limit}, which is the value ' +
    'of the max.request.size configuration.',
  _MSG_TIMED_OUT: 'Expiring record for {topic}: {timeout} ms has passed since batch creation',
}

const NAMES = new Map<number, KafkaErrorName>()
for (const [name, [code]] of Object.entries(KAFKA_ERRORS)) NAMES.set(code, name as KafkaErrorName)

/** Removes the prefix of librdkafka's texts that names the side of the error. */
function plainText(text: string): string {
  return text.replace(/^(?:Broker|Local): /, '')
}

/** Returns the error of a request that Kafka refused. @param detail librdkafka's text, or empty */
export function kafkaError(code: number, detail: string): RestError {
  const name = NAMES.get(code)
  if (!name) return new RestError('KAFKA_ERROR', detail || `Kafka error ${code}`)
  const text = TEXTS[name] ?? plainText(detail || KAFKA_ERRORS[name][1])
  return new RestError(OF_REQUESTS[name] ?? REST_ERRORS[CATEGORIES[name]], text)
}

/** The codes of the v3 API for records, where they differ from those of v2. */
const OF_STREAMED_RECORDS: Partial<Record<KafkaErrorName, ErrorName>> = {
  ...OF_REQUESTS,
  UNKNOWN_TOPIC_OR_PART: 'TOPIC_NOT_FOUND',
  UNKNOWN_TOPIC_ID: 'TOPIC_NOT_FOUND',
  _UNKNOWN_TOPIC: 'TOPIC_NOT_FOUND',
  _UNKNOWN_PARTITION: 'TOPIC_NOT_FOUND',
  // The engine's code for records that librdkafka refuses.
  INVALID_MSG_SIZE: 'PAYLOAD_TOO_LARGE',
}

/** One row of the table of per-record errors: Kafka's code, the REST code, the text's template, the code of v3. */
export type RecordError = readonly [
  kafkaCode: number,
  restCode: number,
  text: string,
  streamCode: number,
]

/** The per-record errors of a produce request, for the engine, which renders them. */
export function recordErrors(): RecordError[] {
  return Object.entries(KAFKA_ERRORS).map(([key, [code, text]]) => {
    const name = key as KafkaErrorName
    const ofV2 = REST_ERRORS[CATEGORIES[name]]
    const ofV3 = OF_STREAMED_RECORDS[name] ?? ofV2
    const shown = TEXTS_OF_ENGINE[name] ?? TEXTS[name] ?? plainText(text)
    return [code, ERRORS[ofV2][0], shown, ERRORS[ofV3][0]]
  })
}
