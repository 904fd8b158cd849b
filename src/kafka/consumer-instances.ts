/**
 * Consumer instances by group and name. The engine holds them, for the whole process; here are the
 * rules for making one, and the patterns that some are subscribed to.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { RE2JS } from 're2js'
import { type Config, ValueFault } from '../config/index.ts'
import { RestError } from '../errors.ts'
import type { Admin } from './admin.ts'
import { Consumer } from './consumer.ts'
import { callForJson, FORMATS, type FormatName, native } from './native.ts'
import { consumerProperties } from './settings/client-config.ts'

/** What a create request says; absent members are the configuration's. */
export interface InstanceRequest {
  readonly name?: string | undefined
  readonly format?: string | undefined
  readonly autoOffsetReset?: string | undefined
  readonly autoCommit?: boolean | undefined
  readonly isolationLevel?: string | undefined
  readonly fetchMinBytes?: number | undefined
  readonly requestTimeoutMs?: number | undefined
}

/** An instance as reads need it. */
export interface Instance {
  readonly consumer: Consumer
  readonly format: FormatName
  readonly requestTimeoutMs: number
  /** Negative: off. */
  readonly fetchMinBytes: number
  /** Whether a first record that is larger than a response may be is returned alone. */
  readonly returnsOversized: boolean
}

const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[]
/** A request to Kafka has two bytes for its length. */
const MAX_GROUP_BYTES = 2 ** 15 - 1
const MAX_FETCH_MIN_BYTES = 10_000_000

/** How often patterns look for new topics: as often as instances look for topics that they name. */
const PATTERN_REFRESH_MS = 5_000

/** Far more than a pattern for names needs; to match a name with so many takes milliseconds. */
const MAX_PATTERN_STEPS = 2000
/** How long the matching of patterns may keep the event loop. */
const TURN_MS = 5

interface Pattern {
  readonly consumer: Consumer
  readonly regex: RE2JS
}

/** The instances of the process, by group and name. */
export class ConsumerInstances {
  readonly #config: Config
  readonly #admin: Admin
  readonly #hasSchemas: boolean
  readonly #patterns = new Map<number, Pattern>()
  readonly #refresh: NodeJS.Timeout
  #isRefreshing = false
  /** What findConsumer() fills: id, format, requestTimeoutMs, fetchMinBytes. */
  readonly #found = new Float64Array(4)

  /** @param hasSchemas whether there is something to decode records of formats with schemas */
  constructor(config: Config, admin: Admin, hasSchemas = false) {
    this.#config = config
    this.#admin = admin
    this.#hasSchemas = hasSchemas
    this.#refresh = setInterval(() => void this.#refreshPatterns(), PATTERN_REFRESH_MS)
    this.#refresh.unref()
  }

  /**
   * Makes an instance and resolves to its name. Throws 422 for values out of range, 40902 when the
   * name is taken, 42204 when Kafka's client refuses the configuration (contract v2, 8.1).
   */
  async create(group: string, request: InstanceRequest): Promise<string> {
    checkGroup(group)
    checkName(request.name)
    const format = formatOf(request.format)
    if (format === 'schema' && !this.#hasSchemas) {
      throw new RestError(
        'INVALID_CONSUMER_CONFIG',
        `Invalid consumer configuration: format is ${request.format}, which needs a schema ` +
          'registry, but schema.registry.url is not set.',
      )
    }
    const fetchMinBytes = request.fetchMinBytes ?? this.#config['fetch.min.bytes']
    if (fetchMinBytes < -1 || fetchMinBytes > MAX_FETCH_MIN_BYTES) {
      throw new RestError(
        'CONSTRAINT_VIOLATION',
        'Invalid consumer configuration. It does not abide by the constraints: fetch.min.bytes is ' +
          `${fetchMinBytes}; it must be between -1 and ${MAX_FETCH_MIN_BYTES}.`,
      )
    }
    const name = request.name ?? this.#newName()
    await callForJson<number>((ticket) =>
      native.createConsumer(
        group,
        name,
        FORMATS[format],
        this.#properties(group, request),
        this.#config['consumer.instance.timeout.ms'],
        // A negative one is no wait at all, and perhaps too long for the engine's integers.
        Math.max(0, request.requestTimeoutMs ?? this.#config['consumer.request.timeout.ms']),
        fetchMinBytes,
        // Of these the engine cannot tell how large they are: that is seen when they are decoded.
        this.#returnsOversized || format === 'schema',
        this.#config['sluice.consumer.commit.wait.ms'],
        ticket,
      ),
    )
    return name
  }

  /** The instance of this name, which counts as a use. Throws 40403. */
  get(group: string, name: string): Instance {
    if (!native.findConsumer(group, name, this.#found)) {
      throw new RestError('CONSUMER_INSTANCE_NOT_FOUND')
    }
    const [id = 0, format = 0, requestTimeoutMs = 0, fetchMinBytes = 0] = this.#found
    return {
      consumer: new Consumer(id),
      format: FORMAT_NAMES[format] as FormatName,
      requestTimeoutMs,
      fetchMinBytes,
      returnsOversized: this.#returnsOversized,
    }
  }

  /** Subscribes to topics; one that is named twice counts once. */
  async subscribe({ consumer }: Instance, topics: readonly string[]): Promise<void> {
    const pattern = this.#patterns.get(consumer.id)
    await consumer.subscribe([...new Set(topics)])
    if (this.#patterns.get(consumer.id) === pattern) this.#patterns.delete(consumer.id)
  }

  /** Subscribes to the topics whose whole name matches, now and later. Throws 422. */
  async subscribePattern({ consumer }: Instance, pattern: string): Promise<void> {
    const subscribed: Pattern = { consumer, regex: compile(pattern) }
    const isCurrent = () => this.#patterns.get(consumer.id) === subscribed
    const previous = this.#patterns.get(consumer.id)
    // Stored before the topics are known: a request that comes in the meantime replaces it.
    this.#patterns.set(consumer.id, subscribed)
    try {
      const names = await matching(subscribed.regex, await this.#admin.listTopics())
      if (isCurrent()) await consumer.subscribe(names, true)
    } catch (error) {
      if (isCurrent()) {
        if (previous) this.#patterns.set(consumer.id, previous)
        else this.#patterns.delete(consumer.id)
      }
      throw error
    }
  }

  async unsubscribe({ consumer }: Instance): Promise<void> {
    this.#patterns.delete(consumer.id)
    await consumer.unsubscribe()
  }

  /** Resolves when the instance has left its group. */
  async close({ consumer }: Instance): Promise<void> {
    this.#patterns.delete(consumer.id)
    await consumer.close()
  }

  /** Closes all instances of the process. */
  async closeAll(): Promise<void> {
    clearInterval(this.#refresh)
    await Promise.allSettled(native.listConsumers().map((id) => new Consumer(id).close()))
  }

  get #returnsOversized(): boolean {
    return this.#config['sluice.consumer.oversized.record'] === 'return'
  }

  #properties(
    group: string,
    { autoOffsetReset, autoCommit, isolationLevel }: InstanceRequest,
  ): string[] {
    checkIsolationLevel(isolationLevel)
    try {
      const choices = { group, autoOffsetReset, autoCommit, isolationLevel }
      return consumerProperties(this.#config, choices).properties.flat()
    } catch (error) {
      if (!(error instanceof ValueFault)) throw error
      throw new RestError(
        'INVALID_CONSUMER_CONFIG',
        `Invalid consumer configuration: auto.offset.reset is ${autoOffsetReset}; ${error.message}`,
      )
    }
  }

  /** `rest-consumer-<id>-<uuid>`. */
  #newName(): string {
    const id = this.#config['id']
    return `rest-consumer-${id === '' ? '' : `${id}-`}${crypto.randomUUID()}`
  }

  async #refreshPatterns(): Promise<void> {
    if (this.#patterns.size === 0 || this.#isRefreshing) return
    this.#isRefreshing = true
    try {
      const topics = await this.#admin.listTopics()
      for (const pattern of [...this.#patterns.values()]) await this.#refreshOne(pattern, topics)
    } catch {
      // The cluster does not answer; there is a next time.
    } finally {
      this.#isRefreshing = false
    }
  }

  async #refreshOne(pattern: Pattern, topics: readonly string[]): Promise<void> {
    const { consumer, regex } = pattern
    const names = await matching(regex, topics)
    // Meanwhile it may have been told something else.
    if (this.#patterns.get(consumer.id) !== pattern) return
    // The engine does nothing when they are the same as before.
    consumer.subscribe(names, true).catch((error: unknown) => {
      // Whatever else it is, there is a next time.
      if (isNotFound(error)) this.#patterns.delete(consumer.id)
    })
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof RestError && error.name === 'CONSUMER_INSTANCE_NOT_FOUND'
}

/**
 * librdkafka drops white space in front of a value: it would join another group, and without a name
 * it is no consumer. Of a group that is too long it makes requests that no broker understands.
 */
function checkGroup(group: string): void {
  const fault = faultOfGroup(group)
  if (fault === undefined) return
  throw new RestError(
    'INVALID_CONSUMER_CONFIG',
    `Invalid consumer configuration: group.id ${fault}.`,
  )
}

function faultOfGroup(group: string): string | undefined {
  if (!/[^ \t\n\v\f\r]/.test(group)) return 'is blank; it must not be'
  if (/^[ \t\n\v\f\r]/.test(group)) return 'begins with white space; it must not'
  if (isDotSegment(group)) return `is "${group}", which clients leave out of URLs`
  const bytes = Buffer.byteLength(group)
  return bytes > MAX_GROUP_BYTES ? `has ${bytes} bytes; it may have 32767` : undefined
}

/**
 * `.` and `..` are no names in a URL: clients resolve them before they send the request (RFC 3986,
 * 5.2.4), also when they are percent-encoded.
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

const ISOLATION_LEVELS = ['read_uncommitted', 'read_committed']

function checkIsolationLevel(level: string | undefined): void {
  if (level === undefined || ISOLATION_LEVELS.includes(level)) return
  throw new RestError(
    'INVALID_CONSUMER_CONFIG',
    `Invalid consumer configuration: isolation.level is ${level}; it must be one of ` +
      `${ISOLATION_LEVELS.join(', ')}.`,
  )
}

/** What clients call the formats. */
const FORMATS_BY_NAME: ReadonlyMap<string, FormatName> = new Map([
  ['binary', 'binary'],
  ['json', 'json'],
  ['string', 'string'],
  ['avro', 'schema'],
  ['jsonschema', 'schema'],
  ['protobuf', 'schema'],
])

function formatOf(text = 'binary'): FormatName {
  const format = FORMATS_BY_NAME.get(text.toLowerCase())
  if (format) return format
  throw new RestError('UNPROCESSABLE', 'Invalid format type.')
}

/**
 * RE2: Java's syntax without look-around and back references, in linear time for any input. It grows
 * with the program that the pattern is made into, so that has a limit; a repetition makes long ones.
 */
function compile(pattern: string): RE2JS {
  let regex: RE2JS
  try {
    regex = RE2JS.compile(pattern)
  } catch (error) {
    throw new RestError('UNPROCESSABLE', `topic_pattern is no regular expression: ${String(error)}`)
  }
  const steps = regex.programSize()
  if (steps <= MAX_PATTERN_STEPS) return regex
  throw new RestError(
    'UNPROCESSABLE',
    `topic_pattern is made into ${steps} steps; it may have at most ${MAX_PATTERN_STEPS}.`,
  )
}

/** Those that match, in order. Requests are served in between. */
async function matching(regex: RE2JS, topics: readonly string[]): Promise<string[]> {
  const names: string[] = []
  let turnEnds = performance.now() + TURN_MS
  for (const topic of topics) {
    if (performance.now() > turnEnds) {
      await nextTurn()
      turnEnds = performance.now() + TURN_MS
    }
    if (regex.matches(topic)) names.push(topic)
  }
  return names.sort()
}
