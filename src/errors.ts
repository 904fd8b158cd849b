/** All errors of responses: name, code, message, and whether a retry may succeed. */

type ErrorRow = readonly [code: number, message: string, retriable?: 'retriable']

/**
 * The rows by name: code, default message, and `retriable` when the same request may succeed later.
 * A code below 1000 is the status itself; a larger code begins with its status. Codes are not
 * unique: only names identify an error. A retired code keeps its row and is never reused.
 */
export const ERRORS = {
  BAD_REQUEST: [400, 'Bad Request'],
  NO_PEER: [401, 'The request is not signed by a process of this cluster.'],
  UNKNOWN_CERTIFICATE: [
    401,
    "The client's certificate has no subject that can be read, or no rule of auth.ssl.principal.mapping.rules matches it.",
  ],
  UNAUTHENTICATED: [401, 'HTTP 401 Unauthorized'],
  FORBIDDEN: [403, 'HTTP 403 Forbidden'],
  ACCESS_DENIED: [403, 'The rules of this server do not allow this request.'],
  OPTIONS_REFUSED: [403, 'OPTIONS requests are refused: reject.options.request is true.'],
  NO_PRINCIPAL: [
    401,
    'Requests use Kafka as the principal of their client, and this one has no principal.',
  ],
  NO_KAFKA_CREDENTIALS: [403, 'The principal of this request has no Kafka credentials.'],
  NOT_FOUND: [404, 'HTTP 404 Not Found'],
  METHOD_NOT_ALLOWED: [405, 'HTTP 405 Method Not Allowed'],
  NOT_ACCEPTABLE: [406, 'HTTP 406 Not Acceptable'],
  REQUEST_TIMEOUT: [408, 'The request did not arrive in time.', 'retriable'],
  PAYLOAD_TOO_LARGE: [413, 'The request is too large.'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'HTTP 415 Unsupported Media Type'],
  EXPECTATION_FAILED: [417, 'The only expectation is 100-continue.'],
  MISDIRECTED: [421, 'This process does not own the consumer instance.', 'retriable'],
  UNPROCESSABLE: [422, 'Unprocessable Entity'],
  TOO_MANY_REQUESTS: [429, 'Too many requests are waiting; try again later.', 'retriable'],
  RATE_LIMITED: [
    429,
    'Request rate limit exceeded: The rate limit of requests per second has been exceeded.',
    'retriable',
  ],
  TOO_MANY_LOGINS: [
    429,
    'The credentials are not checked now: too many of this name or address were wrong, or too many checks wait.',
    'retriable',
  ],
  HEADERS_TOO_LARGE: [431, 'The headers of the request are too large.'],
  INTERNAL: [500, 'Internal Server Error'],
  NOT_IMPLEMENTED: [501, 'Not Implemented'],
  STOPPING: [
    503,
    'The server is stopping. Nothing of this request was done; send it again.',
    'retriable',
  ],
  NO_CLUSTER_ID: [
    502,
    'Kafka protocol version not supported.: Metadata Response protocol version >= 2 required.',
  ],
  OUT_OF_TIME: [
    503,
    'The server is too busy to complete this request; try again later.',
    'retriable',
  ],
  AUTHENTICATION_UNAVAILABLE: [
    503,
    'The credentials cannot be checked now; try again later.',
    'retriable',
  ],
  NO_OWNER: [
    503,
    'No process of the cluster that can be reached owns the consumer instance; try again later.',
    'retriable',
  ],
  HTTP_VERSION_NOT_SUPPORTED: [505, 'HTTP Version Not Supported'],

  INVALID_KAFKA_REQUEST: [40002, 'Kafka refused the request as invalid.'],
  KAFKA_AUTHENTICATION: [40101, 'Authentication with Kafka failed.'],
  KAFKA_AUTHORIZATION: [40301, 'Not authorized by Kafka.'],
  TOPIC_NOT_FOUND: [40401, 'Topic not found.'],
  PARTITION_NOT_FOUND: [40402, 'Partition not found.'],
  CONSUMER_INSTANCE_NOT_FOUND: [40403, 'Consumer instance not found.'],
  UNKNOWN_TOPIC_OR_PARTITION: [40403, 'This server does not host this topic-partition.'],
  FORMAT_MISMATCH: [
    40601,
    'The requested embedded data format does not match the deserializer for this consumer instance',
  ],
  UNDECODABLE_RECORD: [40801, 'A record cannot be decoded.'],
  CONSUMER_INSTANCE_EXISTS: [
    40902,
    'Consumer with specified consumer ID already exists in the specified consumer group.',
  ],
  ILLEGAL_STATE: [40903, 'Illegal state: '],
  OVERSIZED_RECORD: [41301, 'A record is larger than the response may be.'],
  CONSTRAINT_VIOLATION: [
    40001,
    'Invalid consumer configuration. It does not abide by the constraints: ',
  ],
  KEY_SCHEMA_MISSING: [42201, 'Request includes keys but does not include key schema'],
  VALUE_SCHEMA_MISSING: [42202, 'Request includes values but does not include value schema'],
  INVALID_CONSUMER_CONFIG: [42204, 'Invalid consumer configuration: '],
  INVALID_SCHEMA: [42205, 'Invalid schema: '],
  NO_SCHEMA_REGISTRY: [
    42206,
    'Payload error. Schema Registry must be configured when using schemas.',
  ],
  INVALID_PAYLOAD: [42206, 'Payload error. '],
  INVALID_BATCH: [42208, 'The batch of records is not valid.'],
  SERIALIZATION_FAILED: [42207, 'Error serializing message. '],
  THROTTLED_BY_KAFKA: [42901, 'Kafka throttles this client.', 'retriable'],
  KAFKA_ERROR: [50002, 'Kafka error.'],
  KAFKA_RETRIABLE_ERROR: [50003, 'Kafka error; the request may be retried.', 'retriable'],
  OUT_OF_MEMORY: [
    50303,
    'The server has no memory left for this request. Nothing of it was done; try again later.',
    'retriable',
  ],
  BROKER_NOT_AVAILABLE: [50302, 'No broker is available.', 'retriable'],
  NO_THREADS: [
    50304,
    'The process has reached its limit of threads. Try again later, or raise the limit of the user (ulimit -u) or container (pids.max).',
    'retriable',
  ],
  NO_DESCRIPTORS: [
    50305,
    'The process has reached its limit of descriptors. Try again later, or raise it (ulimit -n).',
    'retriable',
  ],
  NO_CLIENTS: [
    50306,
    'The process has reached its limit of Kafka clients of principals. Try again later, or raise sluice.kafka.identity.clients.max.',
    'retriable',
  ],
} as const satisfies Record<string, ErrorRow>

export type ErrorName = keyof typeof ERRORS

/** The one code whose first digits are not its status (docs/conformance.md#13.p). */
const UNPROCESSABLE_CONSTRAINT = ERRORS.CONSTRAINT_VIOLATION[0]

/** The HTTP status of an error code. */
export function statusOf(code: number): number {
  if (code === UNPROCESSABLE_CONSTRAINT) return 422
  return code < 1000 ? code : Math.floor(code / 100)
}

/** The limit of a message. Messages quote texts of clients and servers, which may be megabytes. */
const MAX_MESSAGE_CHARS = 8192

function shortened(message: string): string {
  // A cut surrogate pair would not be valid Unicode.
  const shown = message.slice(0, MAX_MESSAGE_CHARS).replace(/[\ud800-\udbff]$/, '')
  return `${shown}… (${message.length} characters)`
}

/** The first name of each code, which names the errors of the native engine. */
const NAMES = new Map<number, ErrorName>()
for (const [name, [code]] of Object.entries(ERRORS)) {
  if (!NAMES.has(code)) NAMES.set(code, name as ErrorName)
}

/** The values of Retry-After in seconds, by status. */
export const RETRY_AFTER: ReadonlyMap<number, number> = new Map([
  [429, 1],
  [503, 1],
])

/** Whether the same request may succeed later. */
export function isRetriable(name: ErrorName): boolean {
  const [, , retriable]: ErrorRow = ERRORS[name]
  return retriable !== undefined
}

/** What a response to an error has beside its body. */
export interface ErrorExtras {
  readonly retryAfterSeconds?: number
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** An expected error of a request or of the cluster. The dispatcher answers with it. */
export class RestError extends Error {
  /** The name of its row, which identifies the error. Codes are not unique. */
  override readonly name: ErrorName
  readonly code: number
  readonly status: number
  /** The value of the `Retry-After` header, if the error has one. */
  readonly retryAfterSeconds: number | undefined
  /** Further headers of the response. */
  readonly headers: readonly (readonly [name: string, value: string])[]

  /**
   * @param message replaces the default one
   * @param extras of the response; `retryAfterSeconds` replaces that of the status
   */
  constructor(
    name: ErrorName,
    message: string = ERRORS[name][1],
    { retryAfterSeconds, headers = [] }: ErrorExtras = {},
  ) {
    // Expected errors have no stack: filling it costs more than the response.
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    super(message.length > MAX_MESSAGE_CHARS ? shortened(message) : message)
    Error.stackTraceLimit = limit
    this.name = name
    this.code = ERRORS[name][0]
    this.status = statusOf(this.code)
    this.retryAfterSeconds = retryAfterSeconds ?? RETRY_AFTER.get(this.status)
    this.headers = headers
  }

  /** Creates the error of a code of the native engine. An empty message stands for the default one. */
  static ofCode(code: number, message: string): RestError {
    const name = NAMES.get(code) ?? 'INTERNAL'
    return message === '' ? new RestError(name) : new RestError(name, message)
  }
}
