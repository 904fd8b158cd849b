/** Bodies that are large, or whose structure is. */
import { ROUTES } from '../../../src/api/routes.ts'
import { INSTANCE } from '../../../src/api/v2/requests.ts'
import { BINARY, JSON_V2, V2 } from '../../media-types.ts'
import { fill, SHAPELESS, shapedBodies } from '../json-texts.ts'
import type { Scenario } from '../scenario.ts'

const MIB = 2 ** 20
/** Most of a body that is parsed on the event loop. */
const ON_LOOP = MIB - 100
const SIXTY_MIB = 60 * MIB

const ANSWERED = [200, 400, 408, 413, 422, 429, 503]
const REFUSED = [400, 413, 422, 429]

/** Of records that are no records. Nothing of them may be written. `large` is a size in bytes. */
const MALFORMED: readonly ((large: number) => Buffer)[] = [
  () => fill('', ' ', SIXTY_MIB, ''),
  () => fill('', '[', SIXTY_MIB, ''),
  (large) => fill('{"records":', '{"a":', large, ''),
  (large) => fill('{"records":[{"value":', '[', large, ''),
  (large) => fill('{"records":[{"value":"', 'A', large, ''),
  (large) => fill('{"records":[{"value":"', '\\u0041', large, '"}'),
  (large) => fill('{"records":[{"value":"', '\xff', large, '"}]}'),
  (large) => fill('{"records":[{"value":0}', ' ', large, 'x]}'),
  (large) => fill('{"records":[', '"", ', large, '""]}'),
  () => fill('{"records":[', '0,', 8 * MIB, '0]}'),
  () => fill('{"records":[{"', 'name', 8 * MIB, '":1}]}'),
  () => fill('{"records":[{"partition":', '9', 8 * MIB, '}]}'),
  () => fill('{"records":[{"timestamp":1e', '9', 8 * MIB, '}]}'),
  () => fill('{"records":[{"partition":0.', '0', 8 * MIB, '1}]}'),
  () => fill('{', '"records":[],', 8 * MIB, '"records":[]}'),
  () => fill('{"value_schema_id":', '1', 8 * MIB, ',"records":[]}'),
]

const malformedRecords: Scenario = {
  name: 'malformed-records',
  what: 'Produce requests of up to 60 MiB: white space, brackets, strings, digits, invalid UTF-8',
  async attack(target, share) {
    for (const [index, body] of MALFORMED.entries()) {
      const type = index % 2 === 0 ? JSON_V2 : BINARY
      const path = `/topics/${target.topic}`
      await target.expect(REFUSED, { method: 'POST', path, type, body: body(SIXTY_MIB * share) })
    }
  },
}

/** Of records that are some, if many or odd. */
const ODD: readonly (() => Buffer)[] = [
  () => fill('{"records":[{', '"value":1,', 10 * MIB, '"value":1}]}'),
  () => fill('{"records":[{"value":', '1', 900_000, '}]}'),
  () => fill('{"records":[{"value":1e', '9', 900_000, '}]}'),
  () => fill('{"records":[{"value":{', '"a":0,', 900_000, '"a":0}}]}'),
  () => fill('{"records":[{"headers":[', '{"name":"a"},', 900_000, '{"name":"a"}],"value":1}]}'),
  () => fill('{"records":[', '{"value":0},', 900_000, '{"value":0}]}'),
  () => fill('{"records":[', '{"partition":2000000,"value":0},', 900_000, '{"value":0}]}'),
]

const oddRecords: Scenario = {
  name: 'odd-records',
  what: 'Records with 200,000 members, 70,000 headers or 900,000 digits; 80,000 records',
  async attack(target) {
    for (const body of ODD) {
      const shot = { method: 'POST', path: `/topics/${target.topic}`, type: JSON_V2, body: body() }
      await target.expect(ANSWERED, shot)
    }
  },
}

const millions: Scenario = {
  name: 'million-records',
  what: 'A million empty records, and a million records for a million partitions, each in one request',
  async attack(target) {
    const path = `/topics/${target.topic}`
    const empty = fill('{"records":[', '{},', 3 * MIB, '{}]}')
    await target.expect(ANSWERED, { method: 'POST', path, type: JSON_V2, body: empty })
    const records = Array.from({ length: 1_000_000 }, (_, index) => `{"partition":${index}}`)
    const partitions = Buffer.from(`{"records":[${records.join(',')}]}`)
    await target.expect(ANSWERED, { method: 'POST', path, type: JSON_V2, body: partitions })
  },
}

/** Another one than Kafka's: requests of v3 end when their bodies are decoded, and change nothing. */
const UNKNOWN_CLUSTER = 'unknown'

type Route = (typeof ROUTES)[number]

/** The path of a route, with an instance that exists. */
function pathOf({ path }: Route, instance: string, topic: string): string {
  return path
    .replace(INSTANCE, instance)
    .replace('{cluster_id}', UNKNOWN_CLUSTER)
    .replace(/\{(?:broker_id|partition_id)\}/, '0')
    .replace('{mechanism}', 'SCRAM-SHA-256')
    .replace(/\{\w+\}/, topic)
    .replaceAll(/\{\w+\}/g, 'a')
}

/** Bodies for a route, as large as it takes them; none for a route whose bodies the event loop does not parse. */
function bodiesFor({ body, bytes: described, maxBodyBytes = MIB }: Route): Buffer[] {
  const schema = body === 'bytes' && maxBodyBytes < MIB ? described : body
  if (schema === undefined || typeof schema === 'string') return []
  const bytes = Math.min(ON_LOOP, maxBodyBytes - 100)
  return [
    ...SHAPELESS.map((make) => make(bytes)),
    ...shapedBodies(schema, bytes),
    fill('', '[', SIXTY_MIB, ''),
  ]
}

const jsonBodies: Scenario = {
  name: 'json-bodies',
  what: 'JSON bodies that the event loop parses, as large as they may be, to all endpoints: nested, flat, repeated, in UTF-32',
  async attack(target) {
    const instance = await target.instance()
    for (const route of ROUTES) {
      const path = pathOf(route, instance, target.topic)
      const type = path.startsWith('/v3/') ? 'application/json' : V2
      for (const body of bodiesFor(route)) {
        const shot = { method: route.method, path, type, body }
        const { text } = await target.expect([0, 200, 204, ...REFUSED, 404], shot)
        // No body is one without wishes, and white space is no body.
        if (!text.startsWith('{"instance_id"')) continue
        await target.end(new URL(JSON.parse(text).base_uri).pathname)
      }
    }
    await target.end(instance)
  },
}

export const BODY_SCENARIOS: readonly Scenario[] = [
  malformedRecords,
  oddRecords,
  millions,
  jsonBodies,
]
