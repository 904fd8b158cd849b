/**
 * The tests that may notice a mistake in a source file: unit tests that import it, however deeply,
 * then those of the whole proxy that are about it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const UNIT = [
  'access',
  'auth',
  'cluster',
  'tls',
  'limits',
  'process',
  'serde',
  'serde-workers',
  'http',
  'kafka',
  'kafka/direct',
  'kafka/settings',
  'api',
  'api/v2',
  'api/v3',
  'config',
].map((area) => `test/unit/${area}`)

const HTTP = 'test/integration/http'
const V2 = 'test/integration/v2'
const V3 = 'test/integration/v3'
const DOCUMENTS = 'test/docs.test.ts'

const LOGS = 'test/integration/process/logs.test.ts'
const HEADS = [`${HTTP}/heads.test.ts`, `${HTTP}/responses.test.ts`, `${V2}/negotiation.test.ts`]
const BODIES = [
  `${HTTP}/bodies.test.ts`,
  `${V2}/produce-limits.test.ts`,
  `${HTTP}/expectations.test.ts`,
]
const CONNECTIONS = [
  `${HTTP}/connections.test.ts`,
  `${HTTP}/drain.test.ts`,
  `${HTTP}/late-requests.test.ts`,
  'test/integration/process/signals.test.ts',
  'test/integration/process/connections-at-stop.test.ts',
]
const STREAMS = [`${V2}/records-streaming.test.ts`, `${V2}/records.test.ts`]
const CLUSTER = [`${V2}/topics.test.ts`, `${V2}/partitions.test.ts`, `${V2}/brokers.test.ts`]
const CONSUMERS = [
  `${V2}/consumers.test.ts`,
  `${V2}/subscriptions.test.ts`,
  `${V2}/positions.test.ts`,
  `${V2}/offsets.test.ts`,
  `${V2}/assignments.test.ts`,
]
const PRODUCE = [
  `${V2}/produce.test.ts`,
  `${V2}/produce-refusals.test.ts`,
  `${V2}/produce-limits.test.ts`,
  `${V2}/encodings.test.ts`,
  `${V2}/registry-faults.test.ts`,
  `${V2}/no-schema-registry.test.ts`,
  `${V2}/avro.test.ts`,
]

/** By the beginning of the file's path; the first row that fits counts. */
const WHOLE: readonly (readonly [path: string, tests: readonly string[]])[] = [
  [
    'src/kafka/native.ts',
    [
      'test/native/mailbox.test.ts',
      'test/native/waiters.test.ts',
      'test/native/exit.test.ts',
      ...STREAMS,
      ...CLUSTER,
      `${V2}/unreachable-brokers.test.ts`,
    ],
  ],
  ['src/serde-workers/kept-answers.ts', ['test/unit/serde-workers/kept-answers.test.ts']],
  ['src/serde/shown-schemas.ts', ['test/unit/serde/codecs.test.ts']],
  ['src/serde/registry-sources.ts', ['test/unit/serde/registry-sources.test.ts']],
  ['src/schema-registry/caller-answers.ts', ['test/unit/schema-registry/caller-answers.test.ts']],
  [
    'src/serde-workers/',
    ['test/integration/process/schema-workers.test.ts', `${V2}/schema-formats.test.ts`],
  ],
  // It loads the codecs in threads, without an import.
  ['src/serde/', ['test/unit/serde/value-memory.test.ts']],
  ['src/process/schema-workers.ts', ['test/integration/process/schema-workers.test.ts']],
  ['src/auth/', ['test/integration/auth/basic.test.ts', 'test/integration/auth/bearer.test.ts']],
  [
    'src/kafka/direct/',
    [`${V3}/direct-calls.test.ts`, `${V3}/brokers.test.ts`, `${V3}/missing-rights.test.ts`],
  ],
  ['src/kafka/consumer.ts', [...STREAMS, ...CONSUMERS]],
  ['src/kafka/consumer-instances.ts', [...CONSUMERS, ...STREAMS, `${V2}/consumer-expiry.test.ts`]],
  ['src/kafka/pattern-refresh.ts', [`${V2}/subscriptions.test.ts`]],
  ['src/kafka/topic-pattern.ts', [`${V2}/subscriptions.test.ts`]],
  ['src/kafka/produce', ['test/native/produce-draft.test.ts', ...PRODUCE]],
  ['src/kafka/body-refusal.ts', PRODUCE],
  [
    'src/kafka/admin.ts',
    [...CLUSTER, `${HTTP}/operations.test.ts`, `${V2}/unreachable-brokers.test.ts`],
  ],
  ['src/kafka/errors.ts', [...PRODUCE, ...CLUSTER, `${V2}/authorization.test.ts`]],
  ['src/kafka/connection-watch.ts', [`${V2}/unreachable-brokers.test.ts`]],
  ['src/kafka/settings/document.ts', [DOCUMENTS]],
  ['src/kafka/settings/java-settings.ts', [DOCUMENTS, `${V2}/authentication.test.ts`]],
  [
    'src/kafka/settings/',
    [`${V2}/authentication.test.ts`, `${V2}/unreachable-brokers.test.ts`, ...PRODUCE, ...STREAMS],
  ],
  ['src/kafka/thread-room.ts', [`${V2}/consumers.test.ts`]],
  ['src/http/openapi.ts', [DOCUMENTS, `${HTTP}/operations.test.ts`]],
  ['src/http/response-stream.ts', [...STREAMS, `${HTTP}/responses.test.ts`]],
  ['src/http/listeners.ts', CONNECTIONS],
  ['src/http/upload', BODIES],
  ['src/http/body', BODIES],
  ['src/http/request-body.ts', BODIES],
  ['src/http/watchdog.ts', BODIES],
  [
    'src/http/',
    [
      ...HEADS,
      ...BODIES,
      ...CONNECTIONS,
      `${HTTP}/defects.test.ts`,
      `${HTTP}/base-path.test.ts`,
      LOGS,
    ],
  ],
  ['src/tls/java-name.ts', ['test/http/tls.test.ts']],
  ['src/api/v3/record-exchange.ts', [`${V3}/records.test.ts`, `${V3}/record-limits.test.ts`]],
  ['src/api/v3/open-streams.ts', [`${V3}/many-streams.test.ts`]],
  ['src/api/v3/acls.ts', [`${V3}/acls.test.ts`]],
  ['src/api/v3/broker-', [`${V3}/brokers.test.ts`]],
  ['src/api/v3/consumer-groups.ts', [`${V3}/consumer-groups.test.ts`]],
  [
    'src/api/v3/',
    [DOCUMENTS, `${V3}/refusals.test.ts`, `${V3}/topics.test.ts`, `${V3}/configs.test.ts`],
  ],
  ['src/api/operations.ts', [DOCUMENTS, `${HTTP}/operations.test.ts`, `${HTTP}/drain.test.ts`]],
  ['src/api/base-uri.ts', [`${V2}/consumers.test.ts`, `${HTTP}/base-path.test.ts`]],
  ['src/api/v2/produce.ts', [DOCUMENTS, ...PRODUCE, LOGS]],
  [
    'src/api/v2/consumer-records.ts',
    [DOCUMENTS, ...STREAMS, 'test/integration/settings/reads.test.ts'],
  ],
  ['src/api/v2/consumer', [DOCUMENTS, ...CONSUMERS, `${V2}/json-bodies.test.ts`]],
  ['src/api/json-body.ts', [`${V2}/json-bodies.test.ts`]],
  ['src/api/v2/dialect.ts', [`${V2}/negotiation.test.ts`, `${V2}/json-bodies.test.ts`]],
  ['src/api/v2/query.ts', STREAMS],
  ['src/api/java-integers.ts', [...STREAMS, DOCUMENTS, ...CLUSTER]],
  ['src/api/v2/requests.ts', [DOCUMENTS, `${V2}/json-bodies.test.ts`, ...CLUSTER, ...CONSUMERS]],
  ['src/api/v2/formats.ts', [DOCUMENTS, `${V2}/negotiation.test.ts`, ...PRODUCE]],
  ['src/api/', [DOCUMENTS, ...CLUSTER, `${V2}/root.test.ts`, `${HTTP}/operations.test.ts`]],
]

/** Whether a test file is one of the whole proxy, which takes longer, and is disturbed by other load. */
export function needsKafka(path: string): boolean {
  return path.startsWith('test/integration/') || path.startsWith('test/conformance/')
}

/** Paths of test files. */
export function testsOf(file: string): readonly string[] {
  const row = WHOLE.find(([path]) => file.startsWith(path))
  return [...unitTestsOf(file), ...(row?.[1] ?? [])]
}

/** Those that import it directly come first. */
function unitTestsOf(file: string): string[] {
  return UNIT.flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => join(folder, name)))
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => ({ path, distance: distancesFrom(path).get(file) ?? Number.POSITIVE_INFINITY }))
    .filter(({ distance }) => Number.isFinite(distance))
    .sort((a, b) => a.distance - b.distance)
    .map(({ path }) => path)
}

const known = new Map<string, ReadonlyMap<string, number>>()

/** Over how many imports a test reaches files. */
function distancesFrom(test: string): ReadonlyMap<string, number> {
  const before = known.get(test)
  if (before) return before
  const distances = new Map([[test, 0]])
  for (const [path, distance] of distances) {
    for (const target of importsOf(path)) {
      if (!distances.has(target)) distances.set(target, distance + 1)
    }
  }
  known.set(test, distances)
  return distances
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8')
  // A type is not there when the test runs.
  return [...text.matchAll(/^(?:import|export) (?!type )[^']*?from '(\..*\.ts)'$/gm)]
    .map(([, target]) => normalize(join(dirname(path), target as string)))
    .filter((target) => existsSync(join(ROOT, target)))
}
