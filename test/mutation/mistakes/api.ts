/** Mistakes in the handlers. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of the sources
import { mistakesIn } from '../mutant.ts'

export const API_MISTAKES = [
  ...mistakesIn('src/api/v2/consumer-records.ts', [
    [
      'max_bytes may exceed consumer.request.max.bytes',
      'max_bytes > 0 ? Math.min(max_bytes, maxReadBytes) : maxReadBytes',
      'max_bytes > 0 ? max_bytes : maxReadBytes',
    ],
    [
      'timeout may exceed that of the instance',
      'timeout > 0 ? Math.min(timeout, instance.requestTimeoutMs) : instance',
      'timeout > 0 ? timeout : instance',
    ],
    ['an unknown include is ignored', 'if (unknown !== undefined) {', 'if (false) {'],
    ['HEAD takes records', "    if (isHead) return { status: 200, body: '[]' }\n", ''],
    [
      'a read in another format is served',
      "if (engineFormat !== instance.format) throw new RestError('FORMAT_MISMATCH')",
      '',
    ],
    [
      'a read goes on when its client has left',
      '  response.onAborted = () => open.abandon()\n',
      '',
    ],
    [
      'a read with schemas goes on when its client has left',
      'const abandon = () => records.abandon()',
      'const abandon = () => {}',
    ],
    ['reads do not end at fetch.min.bytes', 'minBytes: instance.fetchMinBytes', 'minBytes: -1'],
  ]),
  ...mistakesIn('src/api/v2/consumer-positions.ts', [
    ['the offset of the processed record is committed', 'offset: offset + 1', 'offset'],
    ['metadata of a commit is left out', 'metadata: text,', "metadata: text && '',"],
    ['beginning and end are exchanged', 'required(body), BEGINNING)', 'required(body), END)'],
    [
      'a commit is answered before it is done',
      '      await consumer.commit()\n',
      '      void consumer.commit()\n',
    ],
    [
      'a seek is answered before it is done',
      'await consumer.seek(offsets, toTimestamps(timestamps))',
      'void consumer.seek(offsets, toTimestamps(timestamps))',
    ],
    ['a partition has two times', 'if (named.has(name)) {', 'if (false) {'],
    ['a day that does not exist is the next one', ' && isDate(timestamp)', ''],
    [
      'seconds are milliseconds',
      'Math.floor(Number(timestamp) * 1000)',
      'Math.floor(Number(timestamp))',
    ],
    [
      'a time without a zone is taken',
      '(Z|[+-]\\d\\d(:?\\d\\d)?)$/i',
      '(Z|[+-]\\d\\d(:?\\d\\d)?)?$/i',
    ],
    [
      'no partitions are all or none',
      'if (partitions.length === 0) await consumer.seekAll(offset)\n  else await',
      'await',
    ],
    [
      'committed offsets of no body are empty',
      "if (body === undefined) throw new RestError('PARTITION_NOT_FOUND')",
      'if (body === undefined) return ok({ offsets: [] })',
    ],
    [
      'a list of any length is sought',
      'const LISTED = { maxItems: MAX_LISTED }',
      'const LISTED = {}',
    ],
  ]),
  ...mistakesIn('src/api/v2/consumer-requests.ts', [
    ['name wins over id', 'body.id ?? body.name', 'body.name ?? body.id'],
    [
      'responseMinBytes wins',
      "body['fetch.min.bytes'] ?? body.responseMinBytes",
      "body.responseMinBytes ?? body['fetch.min.bytes']",
    ],
    [
      'requestWaitMs is ignored',
      "body['consumer.request.timeout.ms'] ?? body.requestWaitMs",
      "body['consumer.request.timeout.ms']",
    ],
    ['enable.auto.commit is ignored', 'return first ?? second', 'return first'],
    [
      'two spellings of auto-commit may differ',
      'first === undefined || second === undefined || first === second',
      'true',
    ],
    [
      'any auto.commit.enable is false',
      "if (lower === 'true' || lower === 'false') return",
      'return',
    ],
    ['librdkafka takes a topic for a pattern', " || topic.startsWith('^')", ''],
    ['a blank topic is taken', "topic.trim() === '' || ", ''],
  ]),
  ...mistakesIn('src/api/v2/consumers.ts', [
    ['base_uri has the group as it is', 'encodeURIComponent(group)', 'group'],
    ['base_uri has the name as it is', 'encodeURIComponent(name)', 'name'],
    [
      'an instance is deleted before it has left its group',
      'await consumers.close(consumers.get',
      'void consumers.close(consumers.get',
    ],
    [
      'an assignment is answered before it is done',
      'await consumer.assign(partitions)',
      'void consumer.assign(partitions)',
    ],
    [
      'a subscription is answered before it is done',
      '      await consumers.subscribe(instance, topics)',
      '      void consumers.subscribe(instance, topics)',
    ],
    ['a pattern wins over topics', 'if (topics) {', 'if (topics && topic_pattern === undefined) {'],
  ]),
  ...mistakesIn('src/api/v2/produce.ts', [
    ['X-Failed-Records is left out', "[['X-Failed-Records', String(failed)] as const]", '[]'],
    ['failed records are not logged', '{ records, failedRecords: failed }', '{ records }'],
    ['every answer has X-Failed-Records', '...(failed === 0 ? [] : [[', '...(false ? [] : [['],
    ['throttling is not told', 'failed === 0 && throttleMs === 0', 'failed === 0'],
    ['a negative partition is any', 'if (partition < 0) {', 'if (false) {'],
    ['partition 0 is negative', 'if (partition < 0) {', 'if (partition <= 0) {'],
    ['a draft that failed keeps its memory', '    draft.release()\n', ''],
    [
      'a draft is produced before its records are encoded',
      'const ids = await schemas.encode(type, topic, draft)',
      'const ids = (void schemas.encode(type, topic, draft), { key: undefined, value: undefined })',
    ],
    [
      'the status of refused records is 200',
      '  return { status, body: json, headers: headersOf(result), logged',
      '  return { status: 200, body: json, headers: headersOf(result), logged',
    ],
    ['any missing registry is the same error', 'if (hasSchema) return', 'if (!hasSchema) return'],
  ]),
  ...mistakesIn('src/api/v2/partitions.ts', [
    [
      'offsets of an unknown partition are asked for',
      '    await findPartition(admin, params.topic_name, partition)\n',
      '',
    ],
    ['every replica is in sync', 'isr.includes(broker)', 'replicas.includes(broker)'],
    ['the first replica leads', 'leader: broker === leader', 'leader: broker === replicas[0]'],
    [
      'the offsets are exchanged',
      'beginning_offset: beginning, end_offset: end',
      'beginning_offset: end, end_offset: beginning',
    ],
  ]),
  ...mistakesIn('src/api/java-integers.ts', [
    [
      'a partition may be above its largest',
      '!(Math.abs(number) <= MAX_INT)',
      'Number.isNaN(number)',
    ],
  ]),
  ...mistakesIn('src/api/v2/requests.ts', [
    [
      'a body that is missing is taken',
      "  if (body === undefined) {\n    throw new RestError('UNPROCESSABLE', 'The request body",
      "  if (body === null) {\n    throw new RestError('UNPROCESSABLE', 'The request body",
    ],
    ['a list may have 1001 entries', 'MAX_LISTED = 1000', 'MAX_LISTED = 1001'],
    ['the name of a topic may have 250 bytes', 'MAX_TOPIC_NAME = 249', 'MAX_TOPIC_NAME = 250'],
    [
      'a list that is missing is empty',
      '  if (list === undefined) {\n',
      '  if (list === undefined) return []\n  if (list === null) {\n',
    ],
  ]),
  ...mistakesIn('src/api/v2/dialect.ts', [
    ['a 415 has never the preferred type', 'offers[wanted ?? -1]?.type ?? fallback', 'fallback'],
    ['an unknown path has a type', "UNTYPED.has(name) ? '' : ", ''],
    [
      'an error forgets what was negotiated',
      "      if (accepted) return accepted.type.includes('json') ? accepted.type : 'application/json'\n",
      '',
    ],
  ]),
  ...mistakesIn('src/api/v2/formats.ts', [
    [
      'plain JSON is not binary',
      "const BINARY = FORMATS.get('binary')",
      "const BINARY = FORMATS.get('json')",
    ],
    ['formats are told apart by case', 'FORMATS.get(name.toLowerCase())', 'FORMATS.get(name)'],
    [
      'records are offered as v2 first',
      '{ type: BINARY.mediaType, quality: 1 }',
      '{ type: BINARY.mediaType, quality: 0.5 }',
    ],
  ]),
  ...mistakesIn('src/api/operations.ts', [
    ['not ready is 200', 'return { status: 503, body', 'return { status: 200, body'],
    ['readiness is not awaited', 'if (await services.isReady())', 'if (services.isReady())'],
    [
      'metrics have no version',
      'text/plain; version=0.0.4; charset=utf-8',
      'text/plain; charset=utf-8',
    ],
    [
      'OpenMetrics is not acceptable',
      "    { type: 'application/openmetrics-text', quality: 0.1 },\n",
      '',
    ],
  ]),
  ...mistakesIn('src/api/base-uri.ts', [
    ['an advertised path is left out', 'listener.path || path', 'path'],
    ['listeners for https are advertised', 'each.scheme === scheme', 'each.scheme'],
    [
      'a port is always named',
      'hasPort(origin) ? `${scheme}://${host}:${port}${path}` : `${scheme}://${host}${path}`',
      '`${scheme}://${host}:${port}${path}`',
    ],
    ['the path of the listeners is left out', 'return origin + path', 'return origin'],
    [
      'the first listener names the port',
      'listenersOf(config).at(-1)?.port',
      'listenersOf(config)[0]?.port',
    ],
  ]),
  ...mistakesIn('src/api/v2/topics.ts', [
    [
      'a topic has no configs',
      'configs: Object.fromEntries(configs.map(({ name, value }) => [name, value])),',
      'configs: {},',
    ],
  ]),
]
