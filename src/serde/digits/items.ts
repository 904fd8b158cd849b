/** The items of the arrays in a JSON text, counted before the text is parsed. */
import { endOfString } from './json-text.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * Whether the arrays of a text have more items than a number. An encoding that writes at least a byte for each item
 * cannot write such a text into as many bytes.
 *
 * @param json a well-formed text within the depth limit of `readJsonText`
 */
export function hasMoreItems(json: string, count: number): boolean {
  // Each item but the last of an array takes two characters.
  return json.length > 2 * count && new ItemScan(json).exceeds(count)
}

class ItemScan {
  readonly #json: string
  /** Whether each open bracket is that of an array. */
  readonly #isArray: boolean[] = []
  /** The commas between items: the last item of each array is not counted. */
  #items = 0

  constructor(json: string) {
    this.#json = json
  }

  exceeds(count: number): boolean {
    for (let at = 0; at < this.#json.length && this.#items <= count; ) at = this.#next(at)
    return this.#items > count
  }

  /** Returns the end of the token that starts at a position. */
  #next(at: number): number {
    switch (this.#json.charCodeAt(at)) {
      case QUOTE:
        return endOfString(this.#json, at)
      case COMMA:
        if (this.#isArray.at(-1)) this.#items++
        break
      case OPEN_BRACKET:
        this.#isArray.push(true)
        break
      case OPEN_BRACE:
        this.#isArray.push(false)
        break
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        this.#isArray.pop()
    }
    return at + 1
  }
}
