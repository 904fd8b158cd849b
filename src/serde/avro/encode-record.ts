/** The encoder of records. It writes the fields in the schema's order, whatever the order in the JSON object. */
import type { Encoder } from './encode-scalar.ts'
import { CHARS, type JsonReader, Names, shorten } from './json-reader.ts'
import type { PayloadSink } from './payload-sink.ts'
import { expectationOf, type RecordType } from './type.ts'

const { COMMA, COLON, OPEN_BRACE, CLOSE_BRACE } = CHARS
const MISSING = -1
/** The cache of `fieldIndexes`. */
const INDEXES = new WeakMap<RecordType, ReadonlyMap<string, number>>()

/** Positions in the text; MISSING for absent members. */
interface Members {
  /** The positions of the fields' values. */
  readonly places: number[]
  /** The position of the last key that no field has. */
  unknown: number
}

/** @param fields the encoders of the fields; the array may be filled later */
export function encodeRecord(type: RecordType, fields: readonly Encoder[]): Encoder {
  const encodeInOrder = leadingFields(type, fields)
  const rest = new Rest(type, fields)
  return (json, sink) => {
    if (json.peek() !== OPEN_BRACE) json.refuseToken('record-start')
    const start = json.position
    json.enter()
    const done = encodeInOrder(json, sink)
    if (done < fields.length || json.peek() !== CLOSE_BRACE) rest.encode(json, sink, start, done)
    json.leave()
  }
}

/** Encodes members while they are in the schema's order. Returns their number. */
function leadingFields(
  type: RecordType,
  fields: readonly Encoder[],
): (json: JsonReader, sink: PayloadSink) => number {
  const keys = type.fields.map(({ name }) => Buffer.from(`"${name}"`))
  const count = keys.length
  return (json, sink) => {
    let done = 0
    while (done < count && json.hasElement(done === 0, CLOSE_BRACE)) {
      if (!json.takeExactly(keys[done] as Uint8Array)) break
      json.take(COLON)
      const encode = fields[done] as Encoder
      encode(json, sink)
      done++
    }
    return done
  }
}

/** Encodes the remaining members of an object whose members are in another order. */
class Rest {
  readonly #type: RecordType
  readonly #fields: readonly Encoder[]
  readonly #names: Names
  /** The field of each name. A field may have several names. */
  readonly #indexes: readonly number[]

  constructor(type: RecordType, fields: readonly Encoder[]) {
    const indexes = fieldIndexes(type)
    this.#type = type
    this.#fields = fields
    this.#names = new Names([...indexes.keys()])
    this.#indexes = [...indexes.values()]
  }

  /**
   * Encodes the remaining members up to the closing brace.
   *
   * @param start the position of the object
   * @param done the number of encoded fields
   */
  encode(json: JsonReader, sink: PayloadSink, start: number, done: number): void {
    const { places } = this.#findMembers(json, start, done)
    const end = json.position
    for (let index = done; index < places.length; index++) {
      json.position = places[index] as number
      const encode = this.#fields[index] as Encoder
      encode(json, sink)
    }
    json.position = end
  }

  /** Locates the remaining members up to the closing brace. Refuses missing fields. */
  #findMembers(json: JsonReader, start: number, done: number): Members {
    const members = { places: this.#fields.map(() => MISSING), unknown: MISSING }
    // A comma follows when all fields are encoded and further members remain.
    json.takeIf(COMMA)
    while (json.peek() !== CLOSE_BRACE) {
      this.#findMember(json, start, done, members)
      if (!json.takeIf(COMMA)) break
    }
    if (json.peek() !== CLOSE_BRACE) json.refuse('Malformed JSON')
    const missing = members.places.indexOf(MISSING, done)
    if (missing !== -1) this.#refuseMissing(json, start, missing, members)
    if (members.unknown !== MISSING) refuseUnknown(json, start, members.unknown)
    return members
  }

  #findMember(json: JsonReader, start: number, done: number, members: Members): void {
    const key = json.position
    const index = this.#indexes[this.#names.take(json)]
    json.take(COLON)
    if (index === undefined) members.unknown = key
    else if (index >= done && members.places[index] === MISSING) {
      json.peek()
      members.places[index] = json.position
      // Keeping one of two members would lose the other.
    } else json.refuse(`Duplicate field ${this.#type.fields[index]?.name}`, start)
    json.skip()
  }

  /** Reports the token that Avro's decoder finds instead of the field, because it reads in the schema's order. */
  #refuseMissing(json: JsonReader, start: number, missing: number, members: Members): never {
    const { name, type } = this.#type.fields[missing] as RecordType['fields'][number]
    const { places, unknown } = members
    const last = greatest(places.slice(0, missing))
    if (Math.max(unknown, greatest(places.slice(missing))) > last) {
      json.refuse(`Expected field name not found: ${name}`, start)
    }
    const hint = `the field ${name} is missing, and its default is not used`
    return json.refuse(`Expected ${expectationOf(type)}. Got END_OBJECT`, start, hint)
  }
}

/** Returns the maximum without spreading the array, whose size would exceed the stack. */
function greatest(places: readonly number[]): number {
  return places.reduce((left, right) => Math.max(left, right), MISSING)
}

function refuseUnknown(json: JsonReader, start: number, key: number): never {
  json.position = key
  json.refuse(`Expected Unknown fields: [${shorten(json.string())}]. Got END_OBJECT`, start)
}

/** Returns the fields' indexes by name and alias. */
export function fieldIndexes(type: RecordType): ReadonlyMap<string, number> {
  let indexes = INDEXES.get(type)
  if (!indexes) {
    indexes = indexFields(type)
    // Each union with this record needs the map again.
    INDEXES.set(type, indexes)
  }
  return indexes
}

function indexFields({ fields }: RecordType): ReadonlyMap<string, number> {
  const aliases = fields.flatMap((field, index) =>
    field.aliases.map((alias) => [alias, index] as const),
  )
  const names = fields.map(({ name }, index) => [name, index] as const)
  // Names come first, because they are more frequent, and again last, because a name wins over an alias.
  return new Map([...names, ...aliases, ...names])
}
