/** Arrays and maps: a count, the items, and an end. */
import type { Encoder } from './encoder.ts'
import { CHARS, shorten } from './json-text.ts'

const { OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE } = CHARS

/** One block, as Java writes it. */
export function encodeArray(encodeItem: Encoder): Encoder {
  return (json, sink) => {
    if (json.peek() !== OPEN_BRACKET) json.refuseToken('array-start')
    json.enter()
    const at = sink.beginCount()
    let count = 0
    while (json.hasElement(count === 0, CLOSE_BRACKET)) {
      encodeItem(json, sink)
      count++
    }
    json.leave()
    sink.endCount(at, count)
  }
}

/** The same, with a key before each value. In the order of the text. */
export function encodeMap(encodeValue: Encoder): Encoder {
  return (json, sink) => {
    if (json.peek() !== OPEN_BRACE) json.refuseToken('map-start')
    json.enter()
    const at = sink.beginCount()
    const keys = new Set<string>()
    while (json.hasElement(keys.size === 0, CLOSE_BRACE)) {
      const keyAt = json.position
      const key = json.key()
      // Readers would keep one of the two, and not say which.
      if (keys.has(key)) json.refuse(`Duplicate map key ${shorten(key)}`, keyAt)
      keys.add(key)
      sink.utf8(key)
      encodeValue(json, sink)
    }
    json.leave()
    sink.endCount(at, keys.size)
  }
}
