/** Mistakes in consumer instances and reads. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of the sources
import { mistakesIn } from '../mutant.ts'

const READS = mistakesIn('src/kafka/consumer.ts', [
  [
    'a read is delivered at hand-over',
    `        this.#giveBack(chunk)
        this.#end(true)
      }
      this.#sink.finish(memory, taken, records, chunk)`,
    `        this.#giveBack(chunk)
      }
      this.#sink.finish(memory, taken, records, chunk)
      this.#end(true)`,
  ],
  [
    'an abandoned read counts as delivered',
    `  abandon(): void {
    this.#end(false)`,
    `  abandon(): void {
    this.#end(true)`,
  ],
  [
    'a chunk that comes behind an abandoned read is kept',
    `    if (this.#isOver) {
      this.#giveBack(chunk)
    } else if (last) {`,
    `    if (this.#isOver) {
      return
    } else if (last) {`,
  ],
  [
    'an error is told to a client that has left',
    'if (!this.#isOver) this.#sink.fail(error)',
    'this.#sink.fail(error)',
  ],
  [
    'chunks go back before the engine knows where the response ends',
    `  endAt(next: readonly PartitionOffset[]): void {
    if (!this.#isOver) {`,
    `  endAt(next: readonly PartitionOffset[]): void {
    this.#giveAllBack()
    if (!this.#isOver) {`,
  ],
  [
    'a response with an end of its own keeps its chunks',
    `    // After endReadAt(): with free chunks the read would continue.
    this.#giveAllBack()`,
    '',
  ],
  [
    'an abandoned read keeps its chunks',
    `    this.#end(false)
    this.#giveAllBack()`,
    '    this.#end(false)',
  ],
  ['a chunk goes back twice', 'if (!this.#lent.delete(chunk)) return', 'this.#lent.delete(chunk)'],
  [
    'a read is ended twice',
    `  #end(delivered: boolean): void {
    if (this.#isOver) return`,
    '  #end(delivered: boolean): void {',
  ],
  [
    'an empty response follows chunks',
    'if (!this.#isOver && !this.#hasChunks) this.#sink.finish',
    'if (!this.#isOver) this.#sink.finish',
  ],
])

const CALLS = mistakesIn('src/kafka/consumer.ts', [
  [
    'of a partition that is committed twice the first entry counts',
    'new Map(entries.map((each) =>',
    'new Map([...entries].reverse().map((each) =>',
  ],
  ['a commit names a partition twice', 'const last = lastOfEach(offsets)', 'const last = offsets'],
  [
    'topics with the same partition number are one partition',
    '[`${each.partition} ${each.topic}`, each]',
    '[`${each.partition}`, each]',
  ],
  [
    'committed offsets of no partitions are asked for',
    'if (partitions.length === 0) return []',
    '',
  ],
  [
    'timestamps are taken for offsets',
    'native.seek(this.id, topics, numbers, positions, offsets.length, ticket)',
    'native.seek(this.id, topics, numbers, positions, positions.length, ticket)',
  ],
  [
    'a subscription by pattern is one by topics',
    'native.subscribePattern(this.id, version, pattern, [...topics], ticket)',
    'native.subscribe(this.id, [...topics], ticket)',
  ],
  [
    'committed metadata is left out',
    'const metadata = last.map((each) => each.metadata)',
    "const metadata = last.map(() => '')",
  ],
])

const PATTERNS = mistakesIn('src/kafka/consumer-instances.ts', [
  [
    'a pattern gets its version when its topics are known',
    `    const version = consumer.reserveSubscription()
    const topics = await matchingTopics(pattern, await this.#admin.listTopics())
`,
    `    const topics = await matchingTopics(pattern, await this.#admin.listTopics())
    const version = consumer.reserveSubscription()
`,
  ],
])

const REFRESHES = mistakesIn('src/kafka/pattern-refresh.ts', [
  ['patterns are looked up twice at a time', 'if (this.#isRunning) return', ''],
  [
    'patterns are looked up once',
    `    )
    this.#isRunning = false`,
    '    )',
  ],
  ['patterns are looked up after the end', 'clearInterval(this.#timer)', ''],
  ['the cluster is asked without a pattern', 'if (subscriptions.length === 0) return', ''],
])

const COMPILING = mistakesIn('src/kafka/topic-pattern.ts', [
  ['a pattern may be of any size', 'if (steps <= MAX_STEPS) return', 'return'],
])

const CREATING = mistakesIn('src/kafka/consumer-instances.ts', [
  [
    'fetch.min.bytes of a request is ignored',
    "wanted.fetchMinBytes ?? this.#config['fetch.min.bytes']",
    "this.#config['fetch.min.bytes']",
  ],
  [
    'a negative timeout reaches the engine',
    "Math.max(0, wanted.requestTimeoutMs ?? this.#config['consumer.request.timeout.ms'])",
    "wanted.requestTimeoutMs ?? this.#config['consumer.request.timeout.ms']",
  ],
  ['instances of one proxy have names without its id', "id === '' ? '' : `${id}-`", "''"],
])

const REQUESTS = mistakesIn('src/api/v2/consumer-requests.ts', [
  [
    'a group may begin with white space',
    'if (/^[ \\t\\n\\v\\f\\r]/.test(group)) return',
    'if (false) return',
  ],
  ['a group may be ".."', 'if (isDotSegment(group)) return', 'if (false) return'],
  [
    'a group may have 32766 bytes',
    'bytes > MAX_KAFKA_STRING_BYTES',
    'bytes >= MAX_KAFKA_STRING_BYTES',
  ],
  ['an instance may be called "."', '|| !isDotSegment(name)) return', '|| name) return'],
  ['fetch.min.bytes may not be off', 'bytes >= -1', 'bytes >= 0'],
  [
    'fetch.min.bytes may not be its largest',
    'bytes <= MAX_FETCH_MIN_BYTES',
    'bytes < MAX_FETCH_MIN_BYTES',
  ],
  [
    'instances with schemas are made without a registry',
    'format.schemaType === undefined || hasSchemas',
    'format',
  ],
  [
    'any isolation.level is taken',
    'if (level === undefined || ISOLATION',
    'if (level !== "" || ISOLATION',
  ],
  ['any reset is taken', '    if (reset !== undefined) offsetReset(reset)\n', ''],
])

export const CONSUMER_MISTAKES = [
  ...READS,
  ...CALLS,
  ...PATTERNS,
  ...REFRESHES,
  ...COMPILING,
  ...CREATING,
  ...REQUESTS,
]
