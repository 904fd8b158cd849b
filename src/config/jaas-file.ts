/** Parses JAAS files, which name the login modules of applications. The syntax is that of Java's `Configuration`. */

import { ValueFault } from './define.ts'
import { type JaasEntry, unquoted } from './jaas.ts'

/** The entries of a file by name, each with its login modules. */
export type JaasFile = ReadonlyMap<string, readonly JaasEntry[]>

const FLAGS = new Set(['required', 'requisite', 'sufficient', 'optional'])
/** Each text has one way through it: with two, the time for a malformed file would double with each space. */
const SPACE = String.raw`(?:\s|//[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/)*`
const TOKEN = new RegExp(
  String.raw`${SPACE}("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[{};=]|[\w.$*:-]+|$)`,
  'y',
)

/** Parses a file. Throws a `ValueFault`, which names a line and no value. */
export function parseJaasFile(text: string): JaasFile {
  const tokens = new Tokens(text)
  const entries = new Map<string, readonly JaasEntry[]>()
  while (tokens.next !== '') {
    const name = tokens.takeWord('the name of an entry')
    if (entries.has(name)) throw tokens.fault(`each entry once, not ${name} twice`)
    tokens.take('{')
    const modules: JaasEntry[] = []
    while (tokens.next !== '}') modules.push(moduleOf(tokens))
    tokens.take('}')
    tokens.take(';')
    entries.set(name, modules)
  }
  return entries
}

function moduleOf(tokens: Tokens): JaasEntry {
  const className = tokens.takeWord('the class of a login module')
  const flag = tokens.takeWord('a flag')
  if (!FLAGS.has(flag.toLowerCase())) throw tokens.fault(`one of ${[...FLAGS].join(', ')}`)
  const options = new Map<string, string>()
  while (tokens.next !== ';') {
    const key = tokens.takeWord('the name of an option, or ";"')
    tokens.take('=')
    options.set(key, tokens.takeWord('the value of an option'))
  }
  tokens.take(';')
  return { module: className.replace(/^.*\./, ''), options }
}

/** The tokens of a text, one after the other. */
class Tokens {
  /** Not taken yet; empty at the end. */
  next = ''
  readonly #text: string
  #at = 0
  #line = 1

  constructor(text: string) {
    this.#text = text
    this.#advance()
  }

  take(token: string): void {
    if (this.next !== token) throw this.fault(`"${token}"`)
    this.#advance()
  }

  /** Takes a word or a quoted text. Properties of the JVM in it are unknown here. */
  takeWord(what: string): string {
    const word = this.next
    if (word === '' || /^[{};=]$/.test(word)) throw this.fault(what)
    if (word.includes('${')) throw this.fault('values without properties of the JVM')
    this.#advance()
    return unquoted(word)
  }

  fault(expected: string): ValueFault {
    return new ValueFault(`${expected} in line ${this.#line}`)
  }

  #advance(): void {
    TOKEN.lastIndex = this.#at
    const match = TOKEN.exec(this.#text)
    if (!match) throw this.fault('the syntax of JAAS behind this token')
    this.next = match[1] as string
    const end = TOKEN.lastIndex
    this.#line += this.#text.slice(this.#at, end).split('\n').length - 1
    this.#at = end
  }
}
