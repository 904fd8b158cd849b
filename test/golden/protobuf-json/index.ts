/** What protobuf-java makes of JSON texts: see generate.ts. */
import { readFileSync } from 'node:fs'

/** Refused is what has no payload. What it takes and cannot print has nothing that comes back. */
export interface JavaVector {
  readonly json: string
  readonly payload?: string
  /** Without what an empty message has too. */
  readonly back?: object
}

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
}

/** The schema of all texts. */
export const schema = read('schema.proto')

/** The texts, and what an empty message is printed as. */
export const { empty, values } = JSON.parse(read('vectors.json')) as {
  readonly empty: object
  readonly values: readonly JavaVector[]
}

/** Where it is another here, with the reason. Each is in docs/deviations.md as far as clients can notice. */
export const DIFFERENT: readonly RegExp[] = [
  // Names that stand twice, in one spelling or in two: one of the values would vanish.
  /^\{"(string|int32)":.*,"\1":|"message":.*,"message":|"a":("x"|1),"a":|"1":"x","01":|"someName":null,"some_name"/,
  // Numbers that are written as infinite; in a Value nobody can read them.
  /[":[]-?1e400|1\.7976931348623159e308|3\.4028235677973366e38/,
  // Halves of surrogate pairs become question marks.
  /\\ud(800|c00x)"/,
  // Spellings that only Java takes for numbers, or keys, or numbers of an enum.
  /:"(1\.|１|-NaN| 1|1 |1f|1d)"|^\{"enum":"(1\.0|\+1)"|^\{"by.*\{"(１|1\.0|1e3)":/,
  // An array of one is its element, `true` is base64, and so on, to the parser that it uses.
  /:\[1\]\}$|:\[\[1\]\]|\["a"\]|ytes":true|^\{"mask":5\}/,
  // The zero that a float becomes, or that has a sign, is a default there, and written here.
  /loat":(5e-324|1e-46)|ouble":"?-0/,
  // Java 17 prints more digits than that float needs.
  /loat":123456789\.123456789/,
  // No RFC 3339, or no day that there is; the leap second isn't taken either.
  /^\{"timestamp":/,
  // More than the mapping takes: a sign, ten decimals, a point without decimals.
  /^\{"duration":"(\+1|1\.0000000001|1\.)s"/,
  // Names in snake case, names that begin with a capital letter, empty names.
  /^\{"mask":"(foo_bar|FooBar|a,,b|,)"/,
  // An empty Any is read, an Any's URL needs no slash, and what stands in one must have a meaning.
  /^\{"any":(\{\}|\{"@type":"t\.M")|Duration"(\}|,"seconds"|.*"x":1)/,
]
