/** Header fields that the configuration adds to every response. */
import type { HeaderRule } from '../config/index.ts'
import type { CorsOptions } from './cors.ts'
import { Cors } from './cors.ts'
import type { ReplyHead } from './route.ts'

/** The settings of the fields. */
export interface ResponseFieldOptions {
  readonly cors: CorsOptions
  readonly rules: readonly HeaderRule[]
  /** Whether browsers are told to believe the content type. */
  readonly nosniff: boolean
  /** Whether browsers are told to use https for two years. */
  readonly hsts: boolean
}

const NOSNIFF: HeaderRule = { action: 'set', name: 'X-Content-Type-Options', value: 'nosniff' }
const HSTS: HeaderRule = {
  action: 'set',
  name: 'Strict-Transport-Security',
  value: 'max-age=63072000; includeSubDomains',
}

/** The fields of all responses, as lines: uWebSockets.js takes 100 to 200 ns for a call, and gets them in one. */
export class ResponseFields {
  /** Undefined when CORS is off. */
  readonly cors: Cors | undefined
  readonly #plain: Lines
  readonly #secure: Lines

  /** Returns undefined if responses have no fields of the configuration. */
  static of(options: ResponseFieldOptions): ResponseFields | undefined {
    const fields = new ResponseFields(options)
    return fields.cors || !fields.#secure.isEmpty ? fields : undefined
  }

  private constructor({ cors, rules, nosniff, hsts }: ResponseFieldOptions) {
    this.cors = Cors.of(cors)
    const common = nosniff ? [NOSNIFF] : []
    this.#plain = new Lines([...common, ...rules])
    this.#secure = hsts ? new Lines([HSTS, ...common, ...rules]) : this.#plain
  }

  /** The lines of a response, without an end of line behind the last; empty for none. `own` are its own fields. */
  lines(scheme: 'http' | 'https', corsLines: string, own: ReplyHead['headers']): string {
    const lines = (scheme === 'https' ? this.#secure : this.#plain).beside(own)
    if (corsLines === '' || lines === '') return corsLines + lines
    return `${corsLines}\r\n${lines}`
  }
}

/** Rules that were applied in their order. */
class Lines {
  readonly #rules: readonly HeaderRule[]
  /** In lower case: names of rules that give way to the own fields of a response. */
  readonly #replaceable: ReadonlySet<string>
  /** Undefined if a line has a date. */
  readonly #text: string | undefined

  constructor(rules: readonly HeaderRule[]) {
    this.#rules = applied(rules)
    const replaceable = this.#rules.filter(({ action }) => action === 'set')
    this.#replaceable = new Set(replaceable.map(({ name }) => name.toLowerCase()))
    const hasDates = this.#rules.some(({ value }) => typeof value === 'number')
    this.#text = hasDates ? undefined : textOf(this.#rules)
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0
  }

  /** The lines of a response with `own` fields. */
  beside(own: ReplyHead['headers']): string {
    const replaced = own
      ?.map(([name]) => name.toLowerCase())
      .filter((n) => this.#replaceable.has(n))
    if (replaced && replaced.length > 0) {
      const rest = this.#rules.filter(
        ({ action, name }) => action === 'add' || !replaced.includes(name.toLowerCase()),
      )
      return textOf(rest)
    }
    return this.#text ?? textOf(this.#rules)
  }
}

/** Without the rules that a later `set` of the same name replaces. */
function applied(rules: readonly HeaderRule[]): readonly HeaderRule[] {
  return rules.filter(
    ({ name }, index) =>
      !rules
        .slice(index + 1)
        .some((later) => later.action === 'set' && later.name.toLowerCase() === name.toLowerCase()),
  )
}

function textOf(rules: readonly HeaderRule[]): string {
  return rules.map(({ name, value }) => `${name}: ${shownValue(value)}`).join('\r\n')
}

function shownValue(value: string | number): string {
  return typeof value === 'string' ? value : new Date(Date.now() + value).toUTCString()
}
