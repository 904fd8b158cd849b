/** Reads the characters of a pattern. */

/** The flags of `(?idmsux)`. */
export interface Flags {
  readonly ignoresCase: boolean
  /** Only `\n` ends lines. */
  readonly isUnix: boolean
  readonly isMultiLine: boolean
  readonly hasDotAll: boolean
  /** Letters outside ASCII have case variants. */
  readonly hasUnicodeCase: boolean
  /** White space and comments from `#` to the end of the line are ignored. */
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

/** A position in a pattern. Text between `\Q` and `\E` is escaped first. */
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

  /** Returns a character ahead; empty behind the end. */
  peek(ahead = 0): string {
    return this.#characters[this.#at + ahead] ?? ''
  }

  skip(): void {
    this.#at++
  }

  /** Reads a character. */
  take(): string {
    const character = this.peek()
    this.#at++
    return character
  }

  /** Reads an ASCII text if it is next. Returns whether it was. */
  readonly accept = (text: string): boolean => {
    for (let index = 0; index < text.length; index++) {
      if (this.peek(index) !== text[index]) return false
    }
    this.#at += text.length
    return true
  }

  /** Reads the text before a character, and the character; undefined when the character is absent. */
  until(end: string): string | undefined {
    const at = this.#characters.indexOf(end, this.#at)
    if (at < 0) return undefined
    const text = this.#characters.slice(this.#at, at).join('')
    this.#at = at + 1
    return text
  }

  /** Reads decimal digits; undefined when there are none. */
  number(): number | undefined {
    let digits = ''
    while (/^\d$/.test(this.peek())) digits += this.take()
    return digits === '' ? undefined : Number(digits)
  }

  /** Reads a number of hexadecimal digits; undefined, at the same position, when there are fewer. */
  hex(count: number): number | undefined {
    const digits = this.#characters.slice(this.#at, this.#at + count).join('')
    if (digits.length !== count || !/^[\da-fA-F]+$/.test(digits)) return undefined
    this.#at += count
    return Number.parseInt(digits, 16)
  }

  /** Returns flags with letters added, and with letters behind a minus removed. */
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

/** Replaces `\Q` and `\E` by backslashes. */
function unquoted(pattern: string): string {
  const text = new Tokens()
  for (let at = 0; at < pattern.length; ) {
    const pair = pattern.slice(at, at + 2)
    if (pair !== '\\Q') {
      const token = pair.startsWith('\\') ? pair : pair.slice(0, 1)
      text.add(token)
      at += token.length
      continue
    }
    const end = pattern.indexOf('\\E', at + 2)
    const quoted = end < 0 ? pattern.slice(at + 2) : pattern.slice(at + 2, end)
    for (const character of quoted) text.addQuoted(character)
    at += quoted.length + 4
  }
  return text.text
}

class Tokens {
  text = ''
  /** Whether the text ends with a backslash and digits, which a further digit would extend. */
  #endsWithNumber = false

  add(token: string): void {
    this.#endsWithNumber = /^\\\d$/.test(token) || (this.#endsWithNumber && /^\d$/.test(token))
    this.text += token
  }

  /** Adds a character that stands for itself. */
  addQuoted(character: string): void {
    if (/\d/.test(character) && this.#endsWithNumber) this.add(`\\x3${character}`)
    else this.add(/^[^\0-\x7f]|[a-zA-Z\d]$/.test(character) ? character : `\\${character}`)
  }
}
