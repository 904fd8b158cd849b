/** Records: the fields in the order of the schema, whatever their order in the JSON object. */
import type { Encoder } from './encoder.ts'
import { CHARS, type JsonText, shorten } from './json-text.ts'
import type { PayloadSink } from './payload-sink.ts'
import { expectationOf, type RecordType } from './type.ts'

const { COMMA, OPEN_BRACE, CLOSE_BRACE } = CHARS
const MISSING = -1

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
  const keys = type.fields.map(({ name }) => `"${name}"`)
  const count = keys.length
  return (json, sink) => {
    let done = 0
    while (done < count && json.hasElement(done === 0, CLOSE_BRACE)) {
      if (!json.takeKey(keys[done] as string)) break
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
  readonly #indexes: ReadonlyMap<string, number>

  constructor(type: RecordType, fields: readonly Encoder[]) {
    this.#type = type
    this.#fields = fields
    this.#indexes = fieldIndexes(type)
  }

  /**
   * Passes what is left, but for the closing brace.
   *
   * @param start where the object begins
   * @param done how many fields are written
   */
  encode(json: JsonText, sink: PayloadSink, start: number, done: number): void {
    const places = this.#findMembers(json, start, done)
    const end = json.position
    for (let index = done; index < places.length; index++) {
      const place = places[index] as number
      if (place === MISSING) this.#refuseMissing(json, start, index, places)
      json.position = place
      const encode = this.#fields[index] as Encoder
      encode(json, sink)
    }
    json.position = end
  }

  /** Where the value of each field begins. */
  #findMembers(json: JsonText, start: number, done: number): number[] {
    const places = this.#fields.map(() => MISSING)
    // Where all fields are there, but more members.
    json.takeIf(COMMA)
    while (json.peek() !== CLOSE_BRACE) {
      const name = json.key()
      const index = this.#indexes.get(name)
      if (index === undefined) {
        return json.refuse(`Expected Unknown fields: [${shorten(name)}]. Got END_OBJECT`, start)
      }
      // One of the two would be lost.
      if (index < done || places[index] !== MISSING) {
        json.refuse(`Duplicate field ${shorten(name)}`, start)
      }
      places[index] = json.position
      json.skip()
      if (!json.takeIf(COMMA)) break
    }
    if (json.peek() !== CLOSE_BRACE) json.refuse('Malformed JSON')
    return places
  }

  /** Avro reads in the order of the schema, and says what it finds when it looks for the field. */
  #refuseMissing(json: JsonText, start: number, index: number, places: readonly number[]): never {
    const { name, type } = this.#type.fields[index] as RecordType['fields'][number]
    const last = Math.max(...places.slice(0, index), 0)
    const hasMore = places.slice(index).some((place) => place > last)
    if (hasMore) json.refuse(`Expected field name not found: ${name}`, start)
    const hint = `the field ${name} is missing, and its default is not used`
    return json.refuse(`Expected ${expectationOf(type)}. Got END_OBJECT`, start, hint)
  }
}

/** The indexes of fields by all names that JSON may have for them. */
export function fieldIndexes({ fields }: RecordType): ReadonlyMap<string, number> {
  const aliases = fields.flatMap((field, index) =>
    field.aliases.map((alias) => [alias, index] as const),
  )
  const names = fields.map(({ name }, index) => [name, index] as const)
  // A name beats an alias.
  return new Map([...aliases, ...names])
}
