/** Mistakes in consumer instances and reads. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of the sources
import { mistakesIn } from '../mutant.ts'

const READS = mistakesIn('src/kafka/consumer.ts', [
  [
    'a read is delivered at hand-over',
    `      this.#sink.finish(memory, () => {
        this.#giveBack(chunk)
        this.#end(true)
      })`,
    `      this.#sink.finish(memory, () => {
        this.#giveBack(chunk)
      })
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
    'native.subscribe(this.id, [...topics], byPattern, ticket)',
    'native.subscribe(this.id, [...topics], false, ticket)',
  ],
  [
    'committed metadata is left out',
    'const metadata = last.map((each) => each.metadata)',
    "const metadata = last.map(() => '')",
  ],
])

const PATTERNS = mistakesIn('src/kafka/consumer-instances.ts', [
  [
    'a pattern outlives a subscription to topics',
    '    if (this.#subscriptions.get(consumer.id) === previous) this.#subscriptions.delete(consumer.id)\n',
    '',
  ],
  [
    'a subscription to topics deletes a pattern that came meanwhile',
    'if (this.#subscriptions.get(consumer.id) === previous) this.#subscriptions.delete',
    'this.#subscriptions.delete',
  ],
  [
    'a pattern is stored when its topics are known',
    `    this.#subscriptions.set(consumer.id, subscribed)
    try {
      const names = await matching(pattern, await this.#admin.listTopics())
      if (isCurrent()) await`,
    `    try {
      const names = await matching(pattern, await this.#admin.listTopics())
      this.#subscriptions.set(consumer.id, subscribed)
      await`,
  ],
  [
    'a pattern that is replaced meanwhile subscribes all the same',
    'if (isCurrent()) await consumer.subscribe(names, true)',
    'await consumer.subscribe(names, true)',
  ],
  [
    'a pattern that failed takes the place of the one before',
    '        if (previous) this.#subscriptions.set(consumer.id, previous)\n        else this',
    '        this',
  ],
  [
    'a pattern that failed stays',
    `        if (previous) this.#subscriptions.set(consumer.id, previous)
        else this.#subscriptions.delete(consumer.id)`,
    '',
  ],
  [
    'a pattern outlives the subscription',
    `    this.#subscriptions.delete(consumer.id)
    await consumer.unsubscribe()`,
    '    await consumer.unsubscribe()',
  ],
  [
    'a pattern is forgotten when the subscription has ended',
    `    this.#subscriptions.delete(consumer.id)
    await consumer.unsubscribe()`,
    `    await consumer.unsubscribe()
    this.#subscriptions.delete(consumer.id)`,
  ],
  [
    'a pattern outlives its instance',
    `    this.#subscriptions.delete(consumer.id)
    await consumer.close()`,
    '    await consumer.close()',
  ],
  ['patterns are looked up twice at a time', ' || this.#isRefreshing) return', ') return'],
  [
    'patterns are looked up once',
    `    } finally {
      this.#isRefreshing = false
    }`,
    '    }',
  ],
  [
    'a pattern that was replaced during the look-up subscribes',
    '    if (this.#subscriptions.get(consumer.id) !== subscription) return\n',
    '',
  ],
  [
    'the pattern of an instance that is gone stays',
    'if (isNotFound(error)) this',
    'if (false) this',
  ],
  [
    'any failed look-up ends a pattern',
    'if (isNotFound(error)) this.#subscriptions.delete',
    'this.#subscriptions.delete',
  ],
  ['patterns are looked up after the end', '    clearInterval(this.#refresh)\n', ''],
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
  ['a pattern may be of any size', 'if (steps <= MAX_PATTERN_STEPS) return regex', 'return regex'],
])

export const CONSUMER_MISTAKES = [...READS, ...CALLS, ...PATTERNS, ...CREATING, ...REQUESTS]
