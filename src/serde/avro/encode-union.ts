/**
 * Unions: the index of a branch, and its value.
 *
 * In JSON a branch is named, `{"string": "x"}`, and null is bare. A value without a name is taken,
 * too, when the union has one branch for what it looks like in JSON:
 *
 * | JSON | branches that it may be for |
 * |---|---|
 * | a number | int, long, float, double |
 * | a string | string, bytes, fixed, enum; if there are none of these, float and double (`"NaN"`) |
 * | true, false | boolean |
 * | an array | array |
 * | an object | record, map |
 *
 * An object with the name of a branch as its only key is always a named branch. One that isn't must
 * begin with a key that the record has; otherwise the key is taken for the name of a branch that the
 * union doesn't have.
 */
import { fieldIndexes } from './encode-record.ts'
import type { Encoder } from './encoder.ts'
import { CHARS, isNumberStart, type JsonText, shorten } from './json-text.ts'
import { Names } from './names-in-json.ts'
import type { PayloadSink } from './payload-sink.ts'
import { type AvroType, branchName, type UnionType } from './type.ts'

const { QUOTE, COMMA, COLON, TRUE, FALSE, NULL } = CHARS
const { OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET } = CHARS
const NONE = -1

type Kinds = readonly AvroType['kind'][]

/** @param encoders of the branches */
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

  // The branches for values without a name; NONE if there is none, or more than one.
  readonly #number: number
  readonly #string: number
  readonly #boolean: number
  readonly #array: number
  readonly #object: number
  /** Whether an object without a branch's name may begin with this key. */
  readonly #isPlainKey: (key: string) => boolean
  /** The branches whose names are such keys. */
  readonly #isConfusing: readonly boolean[]

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
    this.#isConfusing = this.#names.map(this.#isPlainKey)
  }

  encodeNull(json: JsonText, sink: PayloadSink): void {
    if (this.#null === NONE) this.#refuseBranch(json, json.position, 'null')
    this.#encode(json, sink, this.#null)
  }

  encodePlain(json: JsonText, sink: PayloadSink, char: number): void {
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

  encodeObject(json: JsonText, sink: PayloadSink): void {
    const start = json.position
    json.enter()
    const index = this.#takeTag(json)
    if (index !== NONE && !(this.#isConfusing[index] && hasMore(json))) {
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

  /** Passes the name of a branch, and the colon. NONE if it is no branch's. */
  #takeTag(json: JsonText): number {
    if (json.peek() !== QUOTE) return NONE
    const index = this.#tags.take(json)
    json.take(COLON)
    return index
  }

  #checkPlainObject(json: JsonText, start: number): void {
    if (json.peek() !== QUOTE) {
      if (this.#object === NONE) this.#refuseUntagged(json)
      return
    }
    const key = json.key()
    if (!this.#isPlainKey(key)) this.#refuseBranch(json, start, key)
  }

  #encode(json: JsonText, sink: PayloadSink, index: number): void {
    sink.integer(index)
    const encode = this.#encoders[index] as Encoder
    encode(json, sink)
  }

  #refuseBranch(json: JsonText, at: number, name: string): never {
    const message = `Unknown union branch ${shorten(name)}`
    return json.refuse(message, at, `there are ${shorten(this.#names.join(', '))}`)
  }

  #refuseUntagged(json: JsonText): never {
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

/** Whether another member follows the one whose value is next. Passes nothing. */
function hasMore(json: JsonText): boolean {
  const at = json.position
  json.skip()
  const isComma = json.peek() === COMMA
  json.position = at
  return isComma
}
