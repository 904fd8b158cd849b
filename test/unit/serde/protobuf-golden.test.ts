/** What Google's compiler, runtime and JSON mapping make of schemas and values: test/golden/protobuf.py. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Codec, PayloadError } from '../../../src/serde/codec.ts'
import { compileProtobuf } from '../../../src/serde/protobuf.ts'

interface Golden {
  readonly name: string
  readonly schema: string
  readonly imports: Readonly<Record<string, string>>
  readonly message: string
  readonly indexes: readonly number[]
  readonly values: readonly GoldenValue[]
}

/** Refused is what has no payload, or nothing that comes back. */
interface GoldenValue {
  readonly json?: string
  readonly payload?: string
  readonly back?: string
}

/** Where the other one is lenient or imprecise, by the name and the JSON or the payload. */
const DIFFERENT: readonly RegExp[] = [
  // It goes through doubles, here no digit is lost.
  /^integers: \w+64 encode \{"v":(9007199254740993\.[05]|1\.8446744073709551615e19)\}$/,
  // Java's takes these, and so did the original.
  /^strings, bytes, bool encode \{"(s":(5|true)|t":"true")\}$/,
  /^well-known types encode \{"b":"false"\}$/,
  // It takes what the mapping doesn't.
  /^numbers: \w+ encode \{"v":("inf"|" 1"|true)\}$/,
  /^strings, bytes, bool encode \{"b":"\*"\}$/,
  /^names encode (\[\]|\{"someField":"x","some_field":"y"\})$/,
  /^enums, open encode \{"e":1\.5\}$/,
  /^well-known types encode \{"d":"1\.0000000001s"\}$/,
  // A float so small that it is zero is written here, and left out there.
  /^numbers: float encode \{"v":5e-324\}$/,
  // A field of another type than the schema says is refused here, and unknown there.
  /^payloads, scalars decode (6001|0b0c|1000)$/,
  /^payloads, proto2 decode 0801a00605$/,
  // It reads a message without its required fields.
  /^payloads, proto2 decode (0801a20600)?$/,
  // It shows bytes that are no text as Python does.
  /^payloads, proto2 decode 08011201ff$/,
  // It drops the entry of a map that has an unknown field.
  /^payloads, scalars decode 42070a016110011805$/,
  // JSON.stringify drops the sign of zero.
  /^payloads, scalars decode 490000000000000080$/,
  // A value that a closed enum doesn't have, in a list: there it is an unknown field.
  /^payloads, proto2 decode 080122020103$/,
]

const goldens = readFileSync(new URL('../../golden/protobuf.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden)

const used = new Set<RegExp>()

function isDifferent(what: string): boolean {
  const pattern = DIFFERENT.find((one) => one.test(what))
  if (pattern !== undefined) used.add(pattern)
  return pattern !== undefined
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof PayloadError) return undefined
    throw error
  }
}

/** In front of a payload, as numbers below 64 are written. */
function indexBytes(indexes: readonly number[]): Buffer {
  const isFirst = indexes.length === 1 && indexes[0] === 0
  return Buffer.from(isFirst ? [0] : [indexes.length, ...indexes].map((index) => index * 2))
}

function checkEncode(codec: Codec, golden: Golden, { json, payload }: GoldenValue): void {
  if (json === undefined || indexBytes(golden.indexes).length > 1) return
  const what = `${golden.name} encode ${json}`
  if (isDifferent(what)) return
  const encoded = attempt(() => codec.encode(json))
  assert.equal(encoded?.toString('hex'), payload === undefined ? undefined : `00${payload}`, what)
}

function checkDecode(codec: Codec, golden: Golden, { payload, back }: GoldenValue): void {
  if (payload === undefined) return
  const what = `${golden.name} decode ${payload}`
  if (isDifferent(what)) return
  const bytes = Buffer.concat([indexBytes(golden.indexes), Buffer.from(payload, 'hex')])
  const decoded = attempt(() => codec.decode(bytes))
  assert.equal(decoded === undefined, back === undefined, what)
  if (decoded === undefined || back === undefined) return
  assert.deepEqual(JSON.parse(decoded), JSON.parse(back), what)
}

for (const golden of goldens) {
  test(`as Google's: ${golden.name}`, () => {
    const references = Object.entries(golden.imports).map(([name, text]) => ({ name, text }))
    const codec = compileProtobuf({ type: 'PROTOBUF', text: golden.schema, references })
    for (const value of golden.values) {
      checkEncode(codec, golden, value)
      checkDecode(codec, golden, value)
    }
  })
}

test('all that is listed as different is so still', () => {
  assert.deepEqual(
    DIFFERENT.filter((pattern) => !used.has(pattern)),
    [],
  )
  assert.ok(goldens.flatMap(({ values }) => values).length > 800)
})
