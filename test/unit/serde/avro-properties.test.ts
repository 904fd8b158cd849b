/** What holds for the Avro codec with all schemas and all values. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import avsc from 'avsc'
import fc from 'fast-check'
import { type Codec, PayloadError } from '../../../src/serde/codec.ts'
import { floatText } from '../../../src/serde/digits/float-text.ts'
import { samples } from './avro-arbitraries.ts'
import { codecOf } from './avro-codec.ts'
import { exactJson } from './exact-json.ts'

const RUNS = { numRuns: 300 }

/** Either gives something, or refuses in the way that callers expect. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    assert.ok(error instanceof PayloadError, String(error))
    return undefined
  }
}

/** All objects' members the other way round. @param json without white space */
function reversed(json: string): string {
  const turn = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(turn)
    if (typeof value !== 'object' || value === null) return value
    const members = Object.entries(value).map(([key, member]) => [key, turn(member)] as const)
    return Object.fromEntries(members.reverse())
  }
  return JSON.stringify(turn(JSON.parse(json)))
}

test('what is encoded is decoded as the same text', () => {
  fc.assert(
    fc.property(samples(), ({ schema, values }) => {
      const codec = codecOf(schema)
      for (const json of values) assert.equal(codec.decode(codec.encode(json)), json)
    }),
    RUNS,
  )
})

test('white space changes nothing', () => {
  fc.assert(
    fc.property(samples(), ({ schema, values }) => {
      const codec = codecOf(schema)
      for (const json of values) {
        const spaced = json.replace(/("(?:[^"\\]|\\.)*")|([[\]{},:])/g, (token, text) =>
          text ? token : ` \n${token}\t\r`,
        )
        assert.deepEqual(codec.encode(spaced), codec.encode(json))
      }
    }),
    RUNS,
  )
})

test('avsc makes the same payloads', () => {
  fc.assert(
    fc.property(samples(), ({ schema, values }) => {
      const codec = codecOf(schema)
      // A payload that is all bytes is another there.
      fc.pre(schema !== 'bytes')
      for (const json of values) {
        const bytes = attemptAvsc(schema, json)
        if (bytes !== undefined) assert.deepEqual(codec.encode(json), bytes)
      }
    }),
    RUNS,
  )
})

/** Nothing where avsc takes less, has maps in another order, or is off by one: below -2^52. */
function attemptAvsc(schema: unknown, json: string): Buffer | undefined {
  if (/"(__proto__|\d+)":|-\d{16}/.test(json)) return undefined
  try {
    const given = schema as Parameters<typeof avsc.Type.forSchema>[0]
    const type = avsc.Type.forSchema(given, { wrapUnions: 'always' })
    return type.toBuffer(type.fromString(json))
  } catch {
    return undefined
  }
}

test('the order of the fields changes nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 40 }), (numbers) => {
      const fields = numbers.map((_, index) => ({ name: `f${index}`, type: 'long' }))
      const codec = codecOf({ type: 'record', name: 'R', fields })
      const json = JSON.stringify(Object.fromEntries(numbers.map((n, index) => [`f${index}`, n])))
      assert.deepEqual(codec.encode(reversed(json)), codec.encode(json))
    }),
    RUNS,
  )
})

test('every part of a payload, and every other one, is decoded or refused', () => {
  const anything = fc.uint8Array({ maxLength: 100 })
  fc.assert(
    fc.property(samples(), anything, fc.nat(), ({ schema, values }, bytes, seed) => {
      const codec = codecOf(schema)
      checkPayload(codec, Buffer.from(bytes))
      for (const json of values) {
        const payload = codec.encode(json)
        checkPayload(codec, payload.subarray(0, seed % (payload.length + 1)))
        const changed = Buffer.from(payload)
        if (changed.length > 0) changed[seed % changed.length] = seed
        checkPayload(codec, changed)
      }
    }),
    RUNS,
  )
})

/** What can be decoded is JSON, which can be encoded, and then is the same. */
function checkPayload(codec: Codec, payload: Buffer): void {
  const json = attempt(() => codec.decode(payload))
  if (json === undefined) return
  JSON.parse(json)
  // But for keys of maps that are there twice, which no writer writes.
  const again = attempt(() => codec.encode(json))
  if (again !== undefined) assert.deepEqual(exactJson(codec.decode(again)), exactJson(json))
}

test('every JSON value is encoded or refused, and so is what is none', () => {
  fc.assert(
    fc.property(samples(), fc.json(), fc.nat(), ({ schema, values }, other, seed) => {
      const codec = codecOf(schema)
      attempt(() => codec.encode(other))
      for (const json of values) {
        const at = seed % (json.length + 1)
        attempt(() => codec.encode(json.slice(0, at) + other + json.slice(at)))
        attempt(() => codec.encode(json.slice(0, at)))
      }
    }),
    RUNS,
  )
})

test('longs of all sizes are the same behind a payload', () => {
  const codec = codecOf('long')
  const near = fc.tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: -2, max: 2 }))
  const longs = near.map(([bits, away]) => BigInt.asIntN(64, (1n << BigInt(bits)) + BigInt(away)))
  fc.assert(
    fc.property(fc.oneof(longs, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), (long) => {
      assert.equal(codec.decode(codec.encode(`${long}`)), `${long}`)
      assert.equal(codec.decode(codec.encode(`${long}.0`)), `${long}`)
      assert.equal(codec.decode(codec.encode(`${long}0e-1`)), `${long}`)
    }),
    { numRuns: 2000 },
  )
})

test('doubles are parsed as JavaScript parses them', () => {
  const codec = codecOf('double')
  const decimals = fc
    .tuple(fc.maxSafeInteger(), fc.nat(25))
    .map(([digits, point]) => `${digits}`.replace(/[0-9]{2,}/, (all) => withPoint(all, point)))
  fc.assert(
    fc.property(fc.oneof(decimals, fc.double({ noNaN: true }).map(String)), (text) => {
      fc.pre(!text.includes('Infinity'))
      assert.equal(codec.encode(text).readDoubleLE(), Number(text))
    }),
    { numRuns: 2000 },
  )
})

/** A valid JSON number, whose whole part has no leading zero. */
function withPoint(digits: string, point: number): string {
  const at = 1 + (point % (digits.length - 1))
  return `${digits.slice(0, at)}.${digits.slice(at)}`
}

test('the text of a float is the float, and none is shorter', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = floatText(value)
      assert.ok(Object.is(Math.fround(Number(text)), value))
      const digits = text
        .replace(/e.*/, '')
        .replace(/\D/g, '')
        .replace(/^0+|0+$/g, '').length
      for (let fewer = 1; fewer < digits; fewer++) {
        assert.notEqual(Math.fround(Number(value.toPrecision(fewer))), value)
      }
    }),
    { numRuns: 2000 },
  )
})
