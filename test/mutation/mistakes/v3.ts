/** Mistakes in the v3 API: links and names, kinds of errors, coercions, lists, and calls to brokers. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of the sources
import { mistakesIn } from '../mutant.ts'

export const V3_MISTAKES = [
  ...mistakesIn('src/api/v3/links.ts', [
    ['slashes at the end of a name stay', "end > start && whole[end - 1] === '/'", 'false'],
    ['slashes at the beginning of a name stay', "while (whole[start] === '/') start++", ''],
    ['an empty segment has its slash', "if (text !== '') url +=", 'url +='],
    ['a resource name lacks its ids', '`/${trimmed(type)}=${trimmed(id)}`', '`/${trimmed(type)}`'],
    [
      'slashes around the authority stay',
      'trimmed(resourceNameAuthority)',
      'resourceNameAuthority',
    ],
  ]),
  ...mistakesIn('src/api/v3/query.ts', [
    [
      'of repeated parameters the last one counts',
      'parameters.get(name)',
      'parameters.getAll(name).at(-1) ?? null',
    ],
    ['a NUL ends a parameter', "if (text.includes('\\0'))", 'if (false)'],
    [
      'the case of an enum in a query counts',
      'names.indexOf(text.toUpperCase())',
      'names.indexOf(text)',
    ],
    [
      'a number behind the names of an enum is one of them',
      'Number(text) < names.length ?',
      'true ?',
    ],
    ['a flag needs lower case', "text.toLowerCase() === 'true'", "text === 'true'"],
  ]),
  ...mistakesIn('src/api/v3/cluster.ts', [
    ['any cluster is this one', '(await services.admin.clusterId()) !== clusterId', 'false'],
  ]),
  ...mistakesIn('src/api/v3/batches.ts', [
    ['a failed row is an item', 'if (!isFailed(row)) yield row', 'if (true) yield row as Row'],
    ['every failed row is left out', 'else if (!mayLeaveOut(errorOfRow(row)))', 'else if (false)'],
    [
      'the only item may not be hidden',
      'names.length === 1 && mayLeaveOut',
      'false && mayLeaveOut',
    ],
    ['topics without a right make the list fail', " || name === 'KAFKA_AUTHORIZATION'", ''],
  ]),
  ...mistakesIn('src/api/v3/collection.ts', [
    ['items have no comma between them', "separator = ','", "separator = ''"],
    ['a piece is written twice', "    piece = ''\n", ''],
  ]),
  ...mistakesIn('src/api/v3/configs.ts', [
    ['a default is told by another source', "source === 'DEFAULT_CONFIG'", "source === 'UNKNOWN'"],
    ['the value null is accepted', 'if (value !== undefined) return', 'if (true) return'],
  ]),
  ...mistakesIn('src/api/v3/consumer-groups.ts', [
    ['a classic group is mixed', 'type === CONSUMER_TYPE && members', 'members'],
    [
      'one member of the new protocol makes a group unmixed',
      'members.some(({ protocol })',
      'members.every(({ protocol })',
    ],
    ['a group that vanished is listed', 'if (!isMissing(group)) yield group', 'yield group'],
    [
      'a group that may not be seen is an error',
      "name === 'KAFKA_AUTHORIZATION' || name ===",
      'name ===',
    ],
  ]),
  ...mistakesIn('src/api/v3/broker-replicas.ts', [
    ['replicas of other brokers are listed', 'replicas.includes(id)', 'replicas.length > 0'],
    ['a broker is asked about all partitions at once', 'if (room === 0) {', 'if (false) {'],
    ['partitions of the next part are lost', 'room -= some.length', 'room = 0'],
    [
      'partitions are not in their order',
      '    assigned.sort((left, right) => left.partition - right.partition)\n',
      '',
    ],
  ]),
  ...mistakesIn('src/api/v3/log-dirs.ts', [
    [
      'replicas of earlier batches do not count',
      'replicasCount: replicasCount + dir.replicasCount',
      'replicasCount: dir.replicasCount',
    ],
    ['a directory with an error is empty', 'if (dir.error !== 0) throw', 'if (false) throw'],
  ]),
  ...mistakesIn('src/api/v3/reassignments.ts', [
    [
      'reassignments of hidden topics are listed',
      'services.visibleTopics?.(all.topics) ?? all.topics',
      'all.topics',
    ],
  ]),
  ...mistakesIn('src/kafka/direct/places.ts', [
    [
      'one caller gets all places',
      'if (taken >= this.#free) return false',
      'if (this.#free === 0) return false',
    ],
    ['a place is given back to nobody', '    this.#free++\n', ''],
    [
      'a caller keeps the places that it gave back',
      'if (taken > 1) this.#taken.set(caller, taken - 1)',
      'if (taken > 1) return',
    ],
  ]),
  ...mistakesIn('src/kafka/direct/broker-thread.ts', [
    [
      'a failed call keeps its place',
      '    } finally {\n      this.#places.giveBack(settings.caller)\n    }',
      '    } finally {\n    }',
    ],
    ['a thread that hangs goes on', 'if (this.#answers === answersBefore)', 'if (false)'],
    ['a thread that answers others is ended', 'if (this.#answers === answersBefore)', 'if (true)'],
    [
      'calls of a dead thread wait for ever',
      "    this.#calls.close(new RestError('KAFKA_RETRIABLE_ERROR', ENDED))\n",
      '',
    ],
    ['a dead thread is used again', 'if (this.#life === life) this.#life = undefined', ''],
    [
      'a thread with a call ends as idle',
      'if (this.#waiting === 0) this.#end(undefined)',
      'if (true) this.#end(undefined)',
    ],
    ['the thread has all of the time', 'timeoutMs: timeoutMs * SHARE_OF_THREAD', 'timeoutMs'],
    ['an idle thread is logged as failed', 'if (failure) {', 'if (true) {'],
  ]),
  ...mistakesIn('src/kafka/direct/requests.ts', [
    ['a refused question has an empty answer', 'if (code !== 0) throw', 'if (false) throw'],
    [
      'a deleted config is set',
      'configOperation: value === null ? DELETE : SET',
      'configOperation: SET',
    ],
  ]),
]
