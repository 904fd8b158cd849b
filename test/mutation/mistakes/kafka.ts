/** Mistakes at the door of the engine, in producing, and in the settings of Kafka's clients. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of the sources
import { mistakesIn } from '../mutant.ts'

export const KAFKA_MISTAKES = [
  ...mistakesIn('src/kafka/native.ts', [
    ['a call that throws keeps its ticket', '      mailbox.close(ticket)\n', ''],
    [
      'one waiter that throws takes the messages of others with it',
      `        queueMicrotask(() => {
          throw error
        })`,
      '        throw error',
    ],
    [
      'the loop stays alive when nobody waits',
      'if (--this.#waiting === 0) native.keepAlive(false)',
      '--this.#waiting',
    ],
    [
      'the loop ends while somebody waits',
      'if (this.#waiting++ === 0) native.keepAlive(true)',
      'this.#waiting++',
    ],
    ['tickets are not used again', '    this.#free.push(ticket)\n', ''],
    [
      'a ticket is open while its waiter is told',
      `        this.close(ticket)
        waiter?.onReply({
          text: this.#text(offset, length, large),
          code,
          count: messages,
          records,
          throttleMs,
        })`,
      `        waiter?.onReply({
          text: this.#text(offset, length, large),
          code,
          count: messages,
          records,
          throttleMs,
        })
        this.close(ticket)`,
    ],
    [
      'an error of Kafka is taken for one of REST',
      'waiter?.onError(kafkaError(code, this.#string(offset, length, large)))',
      'waiter?.onError(RestError.ofCode(code, this.#string(offset, length, large)))',
    ],
    ['no chunk is the last', ', code === 1, records)', ', false, records)'],
    [
      'a chunk is as long as its memory',
      'this.memory(offset).subarray(0, length)',
      'this.memory(offset)',
    ],
    [
      'lines of librdkafka are not logged',
      '        this.#onLog(code, this.#string(offset, length, large))\n',
      '',
    ],
  ]),
  ...mistakesIn('src/kafka/producer.ts', [
    ['a refused body waits for ever', 'if (code !== 0) throw bodyRefusal(code)', ''],
    ['records that failed are not counted', 'failed: count', 'failed: 0'],
    ['a refused record is answered with 200', 'status: code', 'status: 200'],
    [
      'ids of schemas are exchanged',
      'draft.native, key, value, ticket',
      'draft.native, value, key, ticket',
    ],
    ['lost records are not reported at the end', '    return count\n', '    return count * 0\n'],
    [
      'the producer does not wait at the end',
      'this.#native.close(timeoutMs, ticket)',
      'this.#native.close(0, ticket)',
    ],
  ]),
  ...mistakesIn('src/kafka/produce-draft.ts', [
    [
      'a refused draft keeps its memory',
      `      draft.release()
      throw error`,
      '      throw error',
    ],
  ]),
  ...mistakesIn('src/kafka/body-refusal.ts', [
    [
      'a body for which there is no room is too large',
      'RestError.ofCode(code,',
      'RestError.ofCode(413,',
    ],
  ]),
  ...mistakesIn('src/kafka/thread-room.ts', [
    ['the widest limit counts', 'a.threads - b.threads', 'b.threads - a.threads'],
    ['the threads of the process are not counted', 'room.threads - OWN_THREADS', 'room.threads'],
    ['threads that run are not counted', 'limit - used', 'limit'],
    ['root has a limit', 'if (userId === 0 || limit', 'if (limit'],
    ['only the innermost group counts', "    if (group === '/') return\n", '    return\n'],
  ]),
  ...mistakesIn('src/kafka/admin.ts', [
    [
      'topics of the broker are listed',
      'topics.filter((topic) => !INTERNAL_TOPICS.has(topic))',
      'topics',
    ],
    [
      'first and next offset are exchanged',
      '[ask(EARLIEST), ask(LATEST)]',
      '[ask(LATEST), ask(EARLIEST)]',
    ],
    [
      'a name of any length is sent to the broker',
      'if (Buffer.byteLength(topic) <= MAX_TOPIC_NAME_BYTES) return',
      'if (topic) return',
    ],
    [
      'a name of 249 bytes is too long',
      'Buffer.byteLength(topic) <= MAX',
      'Buffer.byteLength(topic) < MAX',
    ],
    [
      'the timeout of a question about the cluster is ignored',
      'this.#native.describeCluster(timeoutMs, ticket)',
      'this.#native.describeCluster(ADMIN_TIMEOUT_MS * 6, ticket)',
    ],
  ]),
  ...mistakesIn('src/kafka/settings/client-config.ts', [
    [
      'auto.commit.enable of a request is ignored',
      "    'enable.auto.commit': choices.autoCommit,\n",
      '',
    ],
    [
      'isolation.level of a request is ignored',
      "    'isolation.level': choices.isolationLevel,\n",
      '',
    ],
    [
      'auto.offset.reset of a request is ignored',
      'if (choices.autoOffsetReset !== undefined) {',
      'if (false) {',
    ],
    [
      'offsets are stored before records are delivered',
      "'enable.auto.offset.store': false",
      "'enable.auto.offset.store': true",
    ],
    [
      'an instance leaves its group before it expires',
      'Math.max(300_000, config',
      'Math.min(300_000, config',
    ],
    ['idempotence is kept against max.in.flight', '  client.dropIdempotenceOnConflict()\n', ''],
    ['the operator decides the group', "    'group.id': choices.group,\n", ''],
    [
      'defaults win over the operator',
      '  client.set(PRODUCER_DEFAULTS)\n  client.setGiven()',
      '  client.setGiven()\n  client.set(PRODUCER_DEFAULTS)',
    ],
    [
      'both halves of the prefetch may wait',
      "config['sluice.consumer.prefetch.max.bytes'] / 2",
      "config['sluice.consumer.prefetch.max.bytes']",
    ],
  ]),
  ...mistakesIn('src/kafka/settings/client-defaults.ts', [
    ['the producer is not idempotent', "'enable.idempotence': true", "'enable.idempotence': false"],
    ['one replica acknowledges', "acks: 'all'", "acks: '1'"],
    ['keys go to other partitions than those of Java', "'murmur2_random'", "'consistent_random'"],
    [
      'a hung broker is waited for a minute',
      "'socket.timeout.ms': 10_000",
      "'socket.timeout.ms': 60_000",
    ],
    ['consumers see committed records only', "'read_uncommitted'", "'read_committed'"],
    [
      'consumers make topics',
      "'allow.auto.create.topics': false",
      "'allow.auto.create.topics': true",
    ],
    [
      'added topics are seen after five minutes',
      "'topic.metadata.refresh.interval.ms': 5_000",
      "'topic.metadata.refresh.interval.ms': 300_000",
    ],
    [
      'deliveries are tried for five minutes',
      "'delivery.timeout.ms': 30_000",
      "'delivery.timeout.ms': 300_000",
    ],
    [
      'consumers do not commit by themselves',
      "'enable.auto.commit': true",
      "'enable.auto.commit': false",
    ],
  ]),
  ...mistakesIn('src/kafka/settings/client-builder.ts', [
    [
      'a setting under an alias is a second one',
      'this.#properties.set(PROPERTIES.get(name)?.aliasOf ?? name,',
      'this.#properties.set(name,',
    ],
    [
      'acks=1 is no conflict with idempotence',
      "if (acks !== 'all' && acks !== '-1') return",
      'if (!acks) return',
    ],
    [
      'five requests in flight are too many',
      'Number(inFlight) > IDEMPOTENT_IN_FLIGHT',
      'Number(inFlight) >= IDEMPOTENT_IN_FLIGHT',
    ],
    [
      'a setting for another kind of client is set',
      'if (isFor(this.#role, property)) this.#setGivenOne',
      'this.#setGivenOne',
    ],
    [
      'a setting that nobody knows is left out in silence',
      'if (!to.some((property) => PROPERTIES.has(property))) this.#warnUnknown(name, setting)',
      '',
    ],
  ]),
  ...mistakesIn('src/kafka/settings/client-settings.ts', [
    [
      'client. wins over the prefix of the kind',
      "['client.', `${role}.`]",
      "[`${role}.`, 'client.']",
    ],
    ['white space around a setting counts', 'setting.text.trim()', 'setting.text'],
    ['keys of the proxy are settings of clients', ' && findKey(key) === undefined', ''],
  ]),
  ...mistakesIn('src/kafka/errors.ts', [
    [
      'a refused topic is any error',
      "TOPIC_AUTHORIZATION_FAILED: 'authorization'",
      "TOPIC_AUTHORIZATION_FAILED: 'other'",
    ],
    [
      'a coordinator that moves is a final error',
      "NOT_COORDINATOR: 'retriable'",
      "NOT_COORDINATOR: 'other'",
    ],
    ['a timeout is a final error', "_MSG_TIMED_OUT: 'retriable'", "_MSG_TIMED_OUT: 'other'"],
  ]),
]
