/**
 * The encoder of unions: a branch index, and a value.
 *
 * JSON names the branch, `{"string": "x"}`; null stands alone. The encoder also accepts a value without a branch name
 * when exactly one branch accepts its JSON type:
 *
 * | JSON | branches |
 * |---|---|
 * | a number | int, long, float, double |
 * | a string | string, bytes, fixed, enum; without any of these float and double (`"NaN"`) |
 * | true, false | boolean |
 * | an array | array |
 * | an object | record, map |
 *
 * An object whose only key is a branch name is a named branch. Any other object must begin with a field of the record;
 * otherwise the error reports the key as an unknown branch.
 */
import { fieldIndexes } from './encode-record.ts'
import type { Encoder } from './encode-scalar.ts'
import { CHARS, isNumberStart, type JsonReader, Names, shorten } from './json-reader.ts'
import type { PayloadSink } from './payload-sink.ts'
import { type AvroType, branchName, type UnionType } from './type.ts'

const { QUOTE, COMMA, COLON, TRUE, FALSE, NULL } = CHARS
const { OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET } = CHARS
const NONE = -1

type Kinds = readonly AvroType['kind'][]

/** @param encoders the encoders of the branches */
export function encodeUnion(type: UnionType, encoders: readonly Encoder[]): Encoder {
  const union = new Union(type, encoders)
  return (json, sink) => {
    const char = json.peek()
    if (char === OPEN_BRACE) union.encodeObject(json, sink)
    else if (char === NULL) union.encodeNull(json, sink)
    else union.encodePlain(json, sink, char)
  }
}

class Union {
  readonly #encoders: readonly Encoder[]
  readonly #names: readonly string[]
  readonly #tags: Names
  readonly #null: number

  // The branches for values without a branch name; NONE for no branch and for several.
  readonly #number: number
  readonly #string: number
  readonly #boolean: number
  readonly #array: number
  readonly #object: number
  /** Whether an object without a branch name may begin with a key. */
  readonly #isPlainKey: (key: string) => boolean
  /** Whether the name of each branch is also such a key. */
  readonly #isAmbiguous: readonly boolean[]

  constructor({ branches }: UnionType, encoders: readonly Encoder[]) {
    this.#encoders = encoders
    this.#names = branches.map(branchName)
    this.#tags = new Names(this.#names)
    this.#null = this.#names.indexOf('null')
    const only = (...kinds: Kinds) => onlyIndex(branches, kinds)
    this.#number = only('int', 'long', 'float', 'double')
    this.#string = branches.some(({ kind }) => isText(kind))
      ? only('string', 'bytes', 'fixed', 'enum')
      : only('float', 'double')
    this.#boolean = only('boolean')
    this.#array = only('array')
    this.#object = only('record', 'map')
    this.#isPlainKey = plainKeys(branches[this.#object])
    this.#isAmbiguous = this.#names.map(this.#isPlainKey)
  }

  encodeNull(json: JsonReader, sink: PayloadSink): void {
    if (this.#null === NONE) this.#refuseBranch(json, json.position, 'null')
    this.#encode(json, sink, this.#null)
  }

  encodePlain(json: JsonReader, sink: PayloadSink, char: number): void {
    const index = this.#plainIndex(char)
    if (index === NONE) this.#refuseUntagged(json)
    this.#encode(json, sink, index)
  }

  #plainIndex(char: number): number {
    if (char === QUOTE) return this.#string
    if (isNumberStart(char)) return this.#number
    if (char === OPEN_BRACKET) return this.#array
    return char === TRUE || char === FALSE ? this.#boolean : NONE
  }

  encodeObject(json: JsonReader, sink: PayloadSink): void {
    const start = json.position
    json.enter()
    const index = this.#takeTag(json)
    if (index !== NONE && !(this.#isAmbiguous[index] && hasMore(json))) {
      this.#encode(json, sink, index)
      if (json.peek() !== CLOSE_BRACE) json.refuse('More than one branch of a union', start)
      json.leave()
    } else {
      json.leave()
      json.position = start + 1
      this.#checkPlainObject(json, start)
      json.position = start
      this.#encode(json, sink, this.#object)
    }
  }

  /** Reads a branch name and the colon. Returns NONE for other names. */
  #takeTag(json: JsonReader): number {
    if (json.peek() !== QUOTE) return NONE
    const index = this.#tags.take(json)
    json.take(COLON)
    return index
  }

  #checkPlainObject(json: JsonReader, start: number): void {
    if (json.peek() !== QUOTE) {
      if (this.#object === NONE) this.#refuseUntagged(json)
      return
    }
    const key = json.key()
    if (!this.#isPlainKey(key)) this.#refuseBranch(json, start, key)
  }

  #encode(json: JsonReader, sink: PayloadSink, index: number): void {
    sink.integer(index)
    const encode = this.#encoders[index] as Encoder
    encode(json, sink)
  }

  #refuseBranch(json: JsonReader, at: number, name: string): never {
    const message = `Unknown union branch ${shorten(name)}`
    return json.refuse(message, at, `there are ${shorten(this.#names.join(', '))}`)
  }

  #refuseUntagged(json: JsonReader): never {
    const hint = `write {"<branch>": …} with one of ${shorten(this.#names.join(', '))}`
    return json.refuseToken('start-union', hint)
  }
}

function isText(kind: AvroType['kind']): boolean {
  return kind === 'string' || kind === 'bytes' || kind === 'fixed' || kind === 'enum'
}

function onlyIndex(branches: UnionType['branches'], kinds: Kinds): number {
  const indexes = [...branches.keys()].filter((index) =>
    kinds.includes((branches[index] as AvroType).kind),
  )
  return indexes.length === 1 ? (indexes[0] as number) : NONE
}

function plainKeys(type: AvroType | undefined): (key: string) => boolean {
  if (type?.kind === 'map') return () => true
  if (type?.kind !== 'record') return () => false
  const fields = fieldIndexes(type)
  return (key) => fields.has(key)
}

/** Whether another member follows the next value. The position stays the same. */
function hasMore(json: JsonReader): boolean {
  const at = json.position
  json.skip()
  const isComma = json.peek() === COMMA
  json.position = at
  return isComma
}
