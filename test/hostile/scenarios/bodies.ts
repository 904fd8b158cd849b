/** Bodies that are large, or whose structure is. */
import { BINARY, JSON_V2, V2 } from '../../media-types.ts'
import type { Shot } from '../client.ts'
import type { Scenario } from '../scenario.ts'

const MIB = 2 ** 20
/** Most of a body that is parsed on the event loop. */
const ON_LOOP = MIB - 100
const SIXTY_MIB = 60 * MIB

const ANSWERED = [200, 400, 408, 413, 422, 429, 503]
const REFUSED = [400, 413, 422, 429]

function fill(before: string, unit: string, bytes: number, behind: string): Buffer {
  const count = Math.floor((bytes - before.length - behind.length) / unit.length)
  return Buffer.from(before + unit.repeat(count) + behind, 'latin1')
}

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

/** Of 1 MiB, and 60 MiB of the first. */
const JSON_BODIES: readonly (() => Buffer)[] = [
  () => fill('', '[', SIXTY_MIB, ''),
  () => fill('', '[', ON_LOOP, ''),
  () => fill('', '{"topics":', ON_LOOP, ''),
  () => fill('', ' ', ON_LOOP, ''),
  () => fill('', '[]', ON_LOOP, ''),
  () => fill('{"topics":[', '"a",', ON_LOOP, '"a"]}'),
  () => fill('{"topics":[', '{},', ON_LOOP, '{}]}'),
  () => fill('{"topics":["', ']', ON_LOOP, `",${'['.repeat(ON_LOOP / 2)}`),
  () => fill('{"topics":["', '\\"', ON_LOOP, `",${'['.repeat(ON_LOOP / 2)}`),
  () => fill('{"topics":["', 'a', ON_LOOP, '"]}'),
  () => fill('{"topic_pattern":"', '(', ON_LOOP, '"}'),
  () => fill('{', '"topics":[],', ON_LOOP, '"topics":[]}'),
  () => Buffer.from(`{${Array.from({ length: 80_000 }, (_, n) => `"m${n}":0`).join(',')}}`),
  () => fill('{"__proto__":', '{"__proto__":', ON_LOOP, ''),
  () => fill('{"offsets":', '9', ON_LOOP, '}'),
  () => fill('{"offsets":[', '1e9999,', ON_LOOP, '1]}'),
  () =>
    fill(
      '{"partitions":[',
      '{"topic":"a","partition":0},',
      ON_LOOP,
      '{"topic":"a","partition":0}]}',
    ),
  () =>
    fill(
      '{"offsets":[',
      '{"topic":"a","partition":0,"offset":1},',
      ON_LOOP,
      '{"topic":"a","partition":0,"offset":1}]}',
    ),
  () => fill('\xff\xfe', '[\0', ON_LOOP, ''),
  () => fill('[\0\0\0', '[\0\0\0', ON_LOOP, ''),
]

const jsonBodies: Scenario = {
  name: 'json-bodies',
  what: 'JSON bodies of 1 MiB that the event loop parses: nested, flat, repeated, in UTF-32',
  async attack(target) {
    const instance = await target.instance()
    for (const body of JSON_BODIES) {
      for (const path of ['/subscription', '/offsets', '/assignments', '/positions']) {
        const shot: Shot = { method: 'POST', path: instance + path, type: V2, body: body() }
        await target.expect([0, 200, 204, ...REFUSED, 404], shot)
        if (shot.body && shot.body.length > MIB) break
      }
      const path = `/consumers/${target.topic}`
      const made = await target.expect([0, 200, ...REFUSED], { method: 'POST', path, body: body() })
      // White space is no body, and no body is one without wishes.
      if (made.status === 200) await target.end(new URL(JSON.parse(made.text).base_uri).pathname)
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
