/**
 * The rules of the v2 API for creating and subscribing consumer instances: the values that requests may give, and the
 * errors for all others.
 */
import { type Static, Type } from 'typebox'
import { ValueFault } from '../../config/index.ts'
import { RestError } from '../../errors.ts'
import type { NewInstance } from '../../kafka/consumer-instances.ts'
import type { FormatName } from '../../kafka/native.ts'
import { offsetReset } from '../../kafka/settings/java-settings.ts'
import { MAX_INT } from '../java-integers.ts'
import { FORMAT_NAMES, findFormat } from './formats.ts'
import { MAX_KAFKA_STRING_BYTES } from './requests.ts'

/** In bytes. Percent-encoded it is part of URLs, which must fit into a request line. */
const MAX_INSTANCE_NAME = 255

/** The body of a request that creates an instance. */
export const CreateRequest = Type.Object({
  id: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: MAX_INSTANCE_NAME,
      description: 'Deprecated. It takes precedence over name.',
    }),
  ),
  name: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_INSTANCE_NAME })),
  format: Type.Optional(
    Type.String({ description: `One of ${FORMAT_NAMES.join(', ')}; the default is binary.` }),
  ),
  'auto.offset.reset': Type.Optional(Type.String()),
  'auto.commit.enable': Type.Optional(Type.String()),
  'enable.auto.commit': Type.Optional(
    Type.String({ description: "Kafka's spelling of auto.commit.enable." }),
  ),
  'isolation.level': Type.Optional(
    Type.String({ description: 'read_uncommitted or read_committed.' }),
  ),
  'fetch.min.bytes': Type.Optional(Type.Integer({ maximum: MAX_INT })),
  responseMinBytes: Type.Optional(
    Type.Integer({ maximum: MAX_INT, description: 'Another name of fetch.min.bytes.' }),
  ),
  'consumer.request.timeout.ms': Type.Optional(Type.Integer({ maximum: MAX_INT })),
  requestWaitMs: Type.Optional(
    Type.Integer({
      maximum: MAX_INT,
      description: 'Another name of consumer.request.timeout.ms.',
    }),
  ),
})

/**
 * Returns the instance that a request asks for. Throws 422 and 40001 for values out of range, 42204 for values that
 * Kafka's consumer refuses.
 *
 * @param hasSchemas whether records of formats with schemas can be decoded
 */
export function instanceOf(
  group: string,
  body: Static<typeof CreateRequest>,
  hasSchemas: boolean,
): NewInstance {
  const autoCommit = autoCommitOf(body['auto.commit.enable'], body['enable.auto.commit'])
  checkGroup(group)
  const name = body.id ?? body.name
  checkName(name)
  return {
    name,
    format: formatOf(body.format, hasSchemas),
    autoCommit,
    fetchMinBytes: fetchMinBytesOf(body['fetch.min.bytes'] ?? body.responseMinBytes),
    isolationLevel: isolationLevelOf(body['isolation.level']),
    autoOffsetReset: offsetResetOf(body['auto.offset.reset']),
    requestTimeoutMs: body['consumer.request.timeout.ms'] ?? body.requestWaitMs,
  }
}

/**
 * librdkafka drops white space in front of a value: the instance would join another group, and without a group it is
 * no consumer. No broker understands a request with a longer group.
 */
function checkGroup(group: string): void {
  const fault = faultOfGroup(group)
  if (fault !== undefined) throw invalid(`group.id ${fault}.`)
}

function faultOfGroup(group: string): string | undefined {
  if (!/[^ \t\n\v\f\r]/.test(group)) return 'is blank; it must not be'
  if (/^[ \t\n\v\f\r]/.test(group)) return 'begins with white space; it must not'
  if (isDotSegment(group)) return `is "${group}", which clients leave out of URLs`
  const bytes = Buffer.byteLength(group)
  return bytes > MAX_KAFKA_STRING_BYTES ? `has ${bytes} bytes; it may have 32767` : undefined
}

/**
 * URLs cannot name `.` and `..`: clients resolve these segments before they send a request (RFC 3986, 5.2.4), even
 * when they are percent-encoded.
 */
function isDotSegment(name: string): boolean {
  return name === '.' || name === '..'
}

function checkName(name: string | undefined): void {
  if (name === undefined || !isDotSegment(name)) return
  throw new RestError(
    'UNPROCESSABLE',
    `The name of the instance is "${name}", which clients leave out of URLs; choose another one.`,
  )
}

function formatOf(name = 'binary', hasSchemas: boolean): FormatName {
  const format = findFormat(name)
  if (!format) throw new RestError('UNPROCESSABLE', 'Invalid format type.')
  if (format.schemaType === undefined || hasSchemas) return format.engineFormat
  throw invalid(
    `format is ${name}, which needs a schema registry, but schema.registry.url is not set.`,
  )
}

const MAX_FETCH_MIN_BYTES = 10_000_000

function fetchMinBytesOf(bytes: number | undefined): number | undefined {
  if (bytes === undefined || (bytes >= -1 && bytes <= MAX_FETCH_MIN_BYTES)) return bytes
  throw new RestError(
    'CONSTRAINT_VIOLATION',
    'Invalid consumer configuration. It does not abide by the constraints: fetch.min.bytes is ' +
      `${bytes}; it must be between -1 and ${MAX_FETCH_MIN_BYTES}.`,
  )
}

const ISOLATION_LEVELS = ['read_uncommitted', 'read_committed']

function isolationLevelOf(level: string | undefined): string | undefined {
  if (level === undefined || ISOLATION_LEVELS.includes(level)) return level
  throw invalid(`isolation.level is ${level}; it must be one of ${ISOLATION_LEVELS.join(', ')}.`)
}

function offsetResetOf(reset: string | undefined): string | undefined {
  try {
    if (reset !== undefined) offsetReset(reset)
    return reset
  } catch (error) {
    if (!(error instanceof ValueFault)) throw error
    throw invalid(`auto.offset.reset is ${reset}; ${error.message}`)
  }
}

/** The setting has two spellings: that of Confluent's API, and Kafka's, which other proxies accept. */
function autoCommitOf(
  confluents: string | undefined,
  kafkas: string | undefined,
): boolean | undefined {
  const first = booleanOf('auto.commit.enable', confluents)
  const second = booleanOf('enable.auto.commit', kafkas)
  if (first === undefined || second === undefined || first === second) return first ?? second
  throw invalid(
    `auto.commit.enable is ${first}, but enable.auto.commit, which means the same, is ${second}.`,
  )
}

function booleanOf(member: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined
  const lower = text.toLowerCase()
  if (lower === 'true' || lower === 'false') return lower === 'true'
  throw invalid(`${member} is ${text}; it must be true or false.`)
}

function invalid(fault: string): RestError {
  return new RestError('INVALID_CONSUMER_CONFIG', `Invalid consumer configuration: ${fault}`)
}

/** Checks the topics of a subscription. They need not exist. librdkafka reads a leading "^" as a pattern. Throws 422. */
export function checkTopics(topics: readonly string[]): void {
  const nameless = topics.findIndex((topic) => topic.trim() === '' || topic.startsWith('^'))
  if (nameless < 0) return
  throw new RestError('UNPROCESSABLE', `/topics/${nameless} must be the name of a topic.`)
}
