/** Variables in cases: `${name}`, and `${x*1000}` for a thousand times x. */

/** By name. */
export type Variables = ReadonlyMap<string, string>

/** The media types of the v2 API, by the short names that cases have for them. */
export const MEDIA_TYPES: Readonly<Record<string, string>> = {
  V2: 'application/vnd.kafka.v2+json',
  BIN: 'application/vnd.kafka.binary.v2+json',
  JSON: 'application/vnd.kafka.json.v2+json',
  TEXT: 'application/vnd.kafka.string.v2+json',
  AVRO: 'application/vnd.kafka.avro.v2+json',
  JSCH: 'application/vnd.kafka.jsonschema.v2+json',
  PROTO: 'application/vnd.kafka.protobuf.v2+json',
}

const REFERENCE = /\$\{(?:(.)\*(\d+)|(\w+))\}/g

/** A copy of a value with all variables in its strings replaced. Throws for one that is unknown. */
export function substitute<T>(value: T, variables: Variables): T {
  if (typeof value === 'string') return substituteText(value, variables) as T
  if (Array.isArray(value)) return value.map((item) => substitute(item, variables)) as T
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [
    name,
    substitute(member, variables),
  ])
  return Object.fromEntries(members)
}

function substituteText(text: string, variables: Variables): string {
  return text.replaceAll(REFERENCE, (_, repeated, times, name) => {
    if (repeated !== undefined) return repeated.repeat(Number(times))
    const value = variables.get(name)
    if (value === undefined) throw new Error(`The variable ${name} is unknown: ${text}`)
    return value
  })
}

/** The text at a JSON pointer, for a variable. */
export function textAt(value: unknown, pointer: string): string {
  const found = pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((each, name) => (each as Record<string, unknown> | undefined)?.[name], value)
  return typeof found === 'string' ? found : JSON.stringify(found)
}
