/** Records: the fields in the order of the schema, whatever their order in the JSON object. */
import type { Encoder } from './encoder.ts'
import { CHARS, type JsonText, shorten } from './json-text.ts'
import { Names } from './names-in-json.ts'
import type { PayloadSink } from './payload-sink.ts'
import { expectationOf, type RecordType } from './type.ts'

const { COMMA, COLON, OPEN_BRACE, CLOSE_BRACE } = CHARS
const MISSING = -1
/** See `fieldIndexes`. */
const INDEXES = new WeakMap<RecordType, ReadonlyMap<string, number>>()

/** Where things begin in the text; or MISSING. */
interface Members {
  /** The values of the fields. */
  readonly places: number[]
  /** The last key that is no field's. */
  unknown: number
}

/** @param fields their encoders, which may be filled in later */
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

/** Passes the members that are where the schema has their fields. How many that were. */
function leadingFields(
  type: RecordType,
  fields: readonly Encoder[],
): (json: JsonText, sink: PayloadSink) => number {
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

/** What is left of an object whose members aren't in the order of the fields. */
class Rest {
  readonly #type: RecordType
  readonly #fields: readonly Encoder[]
  readonly #names: Names
  /** The fields of the names, of which a field may have several. */
  readonly #indexes: readonly number[]

  constructor(type: RecordType, fields: readonly Encoder[]) {
    const indexes = fieldIndexes(type)
    this.#type = type
    this.#fields = fields
    this.#names = new Names([...indexes.keys()])
    this.#indexes = [...indexes.values()]
  }

  /**
   * Passes what is left, but for the closing brace.
   *
   * @param start where the object begins
   * @param done how many fields are written
   */
  encode(json: JsonText, sink: PayloadSink, start: number, done: number): void {
    const { places } = this.#findMembers(json, start, done)
    const end = json.position
    for (let index = done; index < places.length; index++) {
      json.position = places[index] as number
      const encode = this.#fields[index] as Encoder
      encode(json, sink)
    }
    json.position = end
  }

  /** To the closing brace. All fields that are not done are found. */
  #findMembers(json: JsonText, start: number, done: number): Members {
    const members = { places: this.#fields.map(() => MISSING), unknown: MISSING }
    // Where all fields are done, but there are more members.
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

  #findMember(json: JsonText, start: number, done: number, members: Members): void {
    const key = json.position
    const index = this.#indexes[this.#names.take(json)]
    json.take(COLON)
    if (index === undefined) members.unknown = key
    else if (index >= done && members.places[index] === MISSING) {
      json.peek()
      members.places[index] = json.position
      // One of the two would be lost.
    } else json.refuse(`Duplicate field ${this.#type.fields[index]?.name}`, start)
    json.skip()
  }

  /** Avro reads in the order of the schema, and says what it finds when it looks for the field. */
  #refuseMissing(json: JsonText, start: number, missing: number, members: Members): never {
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

/** As `Math.max(...places)`, which takes only so many. */
function greatest(places: readonly number[]): number {
  return places.reduce((left, right) => Math.max(left, right), MISSING)
}

function refuseUnknown(json: JsonText, start: number, key: number): never {
  json.position = key
  json.refuse(`Expected Unknown fields: [${shorten(json.string())}]. Got END_OBJECT`, start)
}

/** The indexes of fields by all names that JSON may have for them. */
export function fieldIndexes(type: RecordType): ReadonlyMap<string, number> {
  let indexes = INDEXES.get(type)
  if (!indexes) {
    indexes = indexFields(type)
    // Since each union with the record asks again.
    INDEXES.set(type, indexes)
  }
  return indexes
}

function indexFields({ fields }: RecordType): ReadonlyMap<string, number> {
  const aliases = fields.flatMap((field, index) =>
    field.aliases.map((alias) => [alias, index] as const),
  )
  const names = fields.map(({ name }, index) => [name, index] as const)
  // First, because they are likelier; and last, because a name beats an alias.
  return new Map([...names, ...aliases, ...names])
}
