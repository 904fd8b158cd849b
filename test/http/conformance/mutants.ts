/** Mutants of the cases: the same ones for the same seed. */
import { CASES } from './case.ts'

/** Longer ones cost time and find no more. */
const MAX_BYTES = 2000

/** What tells a server where a request ends, and what is near it. */
const WORDS = [
  ...[
    '\r\n',
    '\r',
    '\n',
    '\r\n\r\n',
    '\0',
    ':',
    ' ',
    '\t',
    ';',
    ',',
    '"',
    '\x0b',
    '\x7f',
    '\x80',
    '\xff',
  ],
  ...[
    '0',
    '1',
    '5',
    'a',
    'F',
    'g',
    '-',
    '+',
    '0x',
    'ffffffffffffffff',
    '10000000000000000',
    '00000000',
  ],
  ...['0\r\n\r\n', '5\r\nhello\r\n', '0\r\nX: y\r\n\r\n', ';a=b', ';a="b"'],
  ...['Content-Length: 5\r\n', 'Content-Length: 0\r\n', 'Transfer-Encoding: chunked\r\n'],
  ...[
    'Transfer-Encoding: identity\r\n',
    'Host: y\r\n',
    'Connection: close\r\n',
    'Expect: 100-continue\r\n',
  ],
  ...[
    'Connection: keep-alive\r\n',
    'Upgrade: h2c\r\nConnection: upgrade\r\n',
    ': b\r\n',
    ' folded\r\n',
  ],
  ...[
    'HTTP/1.0',
    'HTTP/1.1',
    'HTTP/2.0',
    'HEAD ',
    'POST ',
    'CONNECT x:1 ',
    'http://y',
    '*',
    '/204',
    '/stream',
    '/later',
    '%00',
    '?',
  ],
]

/** `/refuse` is answered before its body: whether that is complete is not seen. */
const BASES: readonly string[] = CASES.filter(
  ({ bytes }) => bytes.length > 0 && bytes.length <= MAX_BYTES,
).map(({ bytes }) => bytes.replaceAll('/refuse', '/take'))

/** A generator of numbers from 0 to below 1: mulberry32. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Makes mutants, and the segments in which they are sent. */
export class Mutants {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = numbersFrom(seed)
  }

  /** The next one, in one to four segments. */
  next(): Buffer[] {
    let text = this.#pick(BASES)
    if (this.#below(4) === 0) text += this.#pick(BASES)
    const count = 1 + Math.min(this.#below(4), this.#below(4))
    for (let index = 0; index < count; index++) text = this.#mutate(text)
    const bytes = Buffer.from(text.slice(0, 2 * MAX_BYTES), 'latin1')
    const ends = Array.from({ length: this.#below(4) }, () => this.#below(bytes.length + 1))
    const places = [0, ...ends.sort((a, b) => a - b), bytes.length]
    const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
    return pieces.filter(({ length }) => length > 0)
  }

  #mutate(text: string): string {
    const at = this.#below(text.length + 1)
    const end = Math.min(text.length, at + 1 + this.#below(this.#below(2) === 0 ? 4 : 40))
    const before = text.slice(0, at)
    switch (this.#below(7)) {
      case 0:
        return before + this.#pick(WORDS) + text.slice(at)
      case 1:
        return before + this.#pick(WORDS) + text.slice(end)
      case 2:
        return before + text.slice(end)
      case 3:
        return before + text.slice(at, end).repeat(1 + this.#below(3)) + text.slice(at)
      case 4:
        return before + String.fromCharCode(this.#below(256)) + text.slice(at + 1)
      case 5: {
        const other = this.#pick(BASES)
        return before + other.slice(this.#below(other.length))
      }
      default: {
        const bit = 1 << this.#below(8)
        return before + String.fromCharCode((text.charCodeAt(at) || 0) ^ bit) + text.slice(at + 1)
      }
    }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)] as T
  }
}
