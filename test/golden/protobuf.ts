/** What Google's compiler, runtime and JSON mapping make of schemas and values: see protobuf.py. */
import { readFileSync } from 'node:fs'
import type { ReferencedSchema } from '../../src/schema-registry/schema.ts'

/** A schema with its values. */
export interface Golden {
  readonly name: string
  readonly schema: string
  readonly imports: Readonly<Record<string, string>>
  /** The schema, as `main.proto`, and its imports as base64 of their FileDescriptorProto. */
  readonly descriptors: Readonly<Record<string, string>>
  readonly message: string
  readonly indexes: readonly number[]
  readonly descriptorIndexes: readonly number[]
  readonly values: readonly GoldenValue[]
}

/** Refused is what has no payload, or nothing that comes back. */
export interface GoldenValue {
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

/** All of them. */
export const goldens = readFileSync(new URL('protobuf.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden)

/** In what a schema and its references are written, and how its messages are counted then. */
export interface Form {
  readonly text: string
  readonly references: readonly ReferencedSchema[]
  readonly indexes: readonly number[]
}

/** Texts, descriptors, and one with references that are the other. */
export function formsOf(golden: Golden): Readonly<Record<string, Form>> {
  const { schema, imports, descriptors, indexes, descriptorIndexes } = golden
  const { 'main.proto': main = '', ...rest } = descriptors
  const named = (files: Readonly<Record<string, string>>) =>
    Object.keys(imports).map((name) => ({ name, text: files[name] ?? '' }))
  const forms = {
    text: { text: schema, references: named(imports), indexes },
    descriptor: { text: main, references: named(rest), indexes: descriptorIndexes },
  }
  if (Object.keys(imports).length === 0) return forms
  return {
    ...forms,
    'text with descriptors': { text: schema, references: named(rest), indexes },
    'descriptor with texts': { text: main, references: named(imports), indexes: descriptorIndexes },
  }
}

const used = new Set<RegExp>()

/** Whether that is known to be another here. */
export function isDifferent(what: string): boolean {
  const pattern = DIFFERENT.find((one) => one.test(what))
  if (pattern !== undefined) used.add(pattern)
  return pattern !== undefined
}

/** Those that nobody has met: a list that says too much is wrong too. */
export function unmetDifferences(): readonly RegExp[] {
  return DIFFERENT.filter((pattern) => !used.has(pattern))
}

/** In front of a payload, as numbers below 64 are written. */
export function indexBytes(indexes: readonly number[]): Buffer {
  const isFirst = indexes.length === 1 && indexes[0] === 0
  return Buffer.from(isFirst ? [0] : [indexes.length, ...indexes].map((index) => index * 2))
}
