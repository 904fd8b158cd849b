/** The characters of a pattern, one after the other. */

/** What `(?idmsux)` turns on. */
export interface Flags {
  readonly ignoresCase: boolean
  /** `\n` alone ends lines. */
  readonly isUnix: boolean
  readonly isMultiLine: boolean
  readonly hasDotAll: boolean
  /** Letters outside of ASCII have cases as well. */
  readonly hasUnicodeCase: boolean
  /** White space means nothing, nor what follows a `#` in its line. */
  readonly hasComments: boolean
}

export const NO_FLAGS: Flags = {
  ignoresCase: false,
  isUnix: false,
  isMultiLine: false,
  hasDotAll: false,
  hasUnicodeCase: false,
  hasComments: false,
}

const FLAGS: Readonly<Record<string, keyof Flags>> = {
  i: 'ignoresCase',
  d: 'isUnix',
  m: 'isMultiLine',
  s: 'hasDotAll',
  u: 'hasUnicodeCase',
  x: 'hasComments',
}

/** Passes over a pattern; what `\Q` and `\E` enclose is escaped before. */
export class Reader {
  readonly #pattern: string
  readonly #characters: readonly string[]
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
    this.#characters = [...unquoted(pattern)]
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#characters.length
  }

  /** The next character, or the one so many behind it; empty behind the end. */
  peek(ahead = 0): string {
    return this.#characters[this.#at + ahead] ?? ''
  }

  skip(): void {
    this.#at++
  }

  /** The next character, passed. */
  take(): string {
    const character = this.peek()
    this.#at++
    return character
  }

  /** Passes a text of ASCII if it comes next, and says whether it does. */
  readonly accept = (text: string): boolean => {
    for (let index = 0; index < text.length; index++) {
      if (this.peek(index) !== text[index]) return false
    }
    this.#at += text.length
    return true
  }

  /** The text before a character, both passed; undefined when that does not come. */
  until(end: string): string | undefined {
    const at = this.#characters.indexOf(end, this.#at)
    if (at < 0) return undefined
    const text = this.#characters.slice(this.#at, at).join('')
    this.#at = at + 1
    return text
  }

  /** Decimal digits; undefined when there are none. */
  number(): number | undefined {
    let digits = ''
    while (/^\d$/.test(this.peek())) digits += this.take()
    return digits === '' ? undefined : Number(digits)
  }

  /** Exactly so many hexadecimal digits, or else undefined, and none is passed. */
  hex(count: number): number | undefined {
    const digits = this.#characters.slice(this.#at, this.#at + count).join('')
    if (digits.length !== count || !/^[\da-fA-F]+$/.test(digits)) return undefined
    this.#at += count
    return Number.parseInt(digits, 16)
  }

  /** The flags that letters, and those behind a minus, make of others. */
  flags(before: Flags): Flags {
    const flags = { ...before }
    for (let isOn = true; ; this.skip()) {
      const letter = this.peek()
      if (letter === '-' && isOn) isOn = false
      else if (letter === 'U') throw this.fault('(?U) is not supported')
      else if (Object.hasOwn(FLAGS, letter)) flags[FLAGS[letter] ?? 'isUnix'] = isOn
      else return flags
    }
  }

  skipComments(): void {
    for (;;) {
      if (/^[ \t\n\v\f\r]$/.test(this.peek())) this.skip()
      else if (this.peek() === '#') {
        while (!this.isAtEnd && !/^[\n\r\x85\u2028\u2029]$/.test(this.peek())) this.skip()
      } else return
    }
  }

  fault(what: string): SyntaxError {
    const place = `at character ${Math.min(this.#at, this.#characters.length) + 1}`
    return new SyntaxError(`${what}, ${place} of the pattern ${this.#pattern.slice(0, 100)}`)
  }
}

/** With backslashes in the place of `\Q` and `\E`. */
function unquoted(pattern: string): string {
  let text = ''
  for (let at = 0; at < pattern.length; ) {
    const pair = pattern.slice(at, at + 2)
    if (pair !== '\\Q') {
      const token = pair.startsWith('\\') ? pair : pair.slice(0, 1)
      text += token
      at += token.length
      continue
    }
    const end = pattern.indexOf('\\E', at + 2)
    const quoted = end < 0 ? pattern.slice(at + 2) : pattern.slice(at + 2, end)
    for (const character of quoted) text += escaped(character, text)
    at += quoted.length + 4
  }
  return text
}

/** A digit could be the next one of an escape before the quote. */
function escaped(character: string, before: string): string {
  if (/\d/.test(character) && /\\\d*$/.test(before)) return `\\x3${character}`
  return /^[^\0-\x7f]|[a-zA-Z\d]$/.test(character) ? character : `\\${character}`
}
