/** Query strings and paths of v3 requests. */
import { RestError } from '../../errors.ts'
import type { QueryParameter, QuerySpec } from '../../http/route.ts'
import { longOf } from '../java-integers.ts'

/** Returns the declared parameters. Others are ignored; of repeated ones the first counts. Throws 404 for a parameter that is no number, 400 for one with a NUL. */
export function decodeQuery(raw: string, spec: QuerySpec): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  if (raw === '') return values
  const parameters = new URLSearchParams(raw)
  for (const [name, { type }] of Object.entries(spec)) {
    const text = parameters.get(name)
    if (text !== null) values[name] = decode(text, type)
  }
  return values
}

function decode(text: string, type: QueryParameter['type']): unknown {
  switch (type) {
    case 'flag':
      return text.toLowerCase() === 'true'
    case 'list':
      return text.split(',')
    case 'long':
      return longOf(text)
    case 'text':
      // The engine's strings end at a zero byte: the request would be about another name.
      if (text.includes('\0')) {
        throw new RestError('BAD_REQUEST', 'A parameter of the query has a NUL character.')
      }
      return text
  }
}

/** Values with names: those of an enum of Kafka's Java client. A value's number is its index. */
export interface Enum {
  /** Java's name of the type, for messages. */
  readonly type: string
  readonly names: readonly string[]
}

/** Returns the number of a name in any case. Throws 404 for another text. */
export function enumValueOf({ type, names }: Enum, text: string): number {
  const value = names.indexOf(text.toUpperCase())
  if (value >= 0) return value
  const message = `The valid values for ${type} do not include '${text}'`
  throw new RestError('NOT_FOUND', message)
}

/** Returns the number of a value in a body, whose letter case counts; -1 for another text. As in Jackson the number may stand for the name. */
export function ordinalOf(names: readonly string[], text: string): number {
  if (!/^\d{1,2}$/.test(text)) return names.indexOf(text)
  return Number(text) < names.length ? Number(text) : -1
}
