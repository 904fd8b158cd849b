/** Bodies that are hostile to whoever parses JSON: of no shape, and of the shape that a schema has. */
import type { TSchema } from 'typebox'

/** The members of TypeBox's schemas that bodies have. */
interface Shape {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
  readonly const?: unknown
}

/** `before`, as many units as fit, and `behind`; each character is a byte. */
export function fill(before: string, unit: string, bytes: number, behind: string): Buffer {
  const count = Math.floor((bytes - before.length - behind.length) / unit.length)
  return Buffer.from(before + unit.repeat(count) + behind, 'latin1')
}

/** An object with as many members as fit, whose names `nameOf` makes. */
function members(bytes: number, nameOf: (index: number) => string): Buffer {
  const parts: string[] = []
  for (let size = 2, index = 0; size < bytes; index++) {
    const part = `"${nameOf(index)}":0`
    size += part.length + 1
    if (size < bytes) parts.push(part)
  }
  return Buffer.from(`{${parts.join(',')}}`)
}

/** Bodies that fit no schema. `bytes` is their size. */
export const SHAPELESS: readonly ((bytes: number) => Buffer)[] = [
  (bytes) => fill('', '[', bytes, ''),
  (bytes) => fill('', ' ', bytes, ''),
  (bytes) => fill('', ' ', bytes, 'x'),
  (bytes) => fill('', '[]', bytes, ''),
  (bytes) => fill('', '{"a":', bytes, ''),
  (bytes) => fill('{"__proto__":', '{"__proto__":', bytes, ''),
  (bytes) => fill('[', '1e9999,', bytes, '1]'),
  (bytes) => fill('[', '"a",', bytes, '"a"]'),
  (bytes) => fill('{"a":', '9', bytes, '}'),
  (bytes) => fill('{"a":0.', '0', bytes, '1}'),
  (bytes) => fill('{"a":1e', '9', bytes, '}'),
  (bytes) => fill('{"', 'a', bytes, '":0}'),
  (bytes) => fill('{"', '\\u0061', bytes, '":0}'),
  (bytes) => fill('["', ']', bytes / 2, `",${'['.repeat(bytes / 2 - 10)}`),
  (bytes) => fill('["', '\\"', bytes / 2, `",${'['.repeat(bytes / 2 - 10)}`),
  (bytes) => fill('\xff\xfe', '[\0', bytes, ''),
  (bytes) => fill('[\0\0\0', ' \0\0\0', bytes, ']\0\0\0'),
  (bytes) => fill('"\0\0\0', '\x3d\xd8\x01\0', bytes, '"\0\0\0'),
  (bytes) => fill('"', '\xed\xa0\x80', bytes, '"'),
  (bytes) => members(bytes, (index) => `m${index}`),
  (bytes) => members(bytes, String),
  // Names of the table of strings whose hashes have the same low bits.
  (bytes) => members(Math.min(bytes, 120_000), (index) => `${index * 2048}`),
  (bytes) => members(bytes, (index) => `m${index}`.padEnd(100, 'x')),
]

/** What strings of a size may be made of, in JSON. */
const STRING_UNITS = [
  'a',
  '\\u0061',
  '\\ud83d\\ude00',
  '\xf0\x9f\x98\x80',
  '\\ud800',
  '\\n',
  '(',
  'A',
]

/** Bodies of about this size that a schema describes, or nearly so. */
export function shapedBodies(schema: TSchema, bytes: number): Buffer[] {
  const shape = schema as Shape
  const bodies: Buffer[] = []
  for (const [name, member] of Object.entries(shape.properties ?? { any: { type: 'string' } })) {
    for (const [before, unit, behind] of partsOf(member)) {
      const others = Object.entries(shape.properties ?? {})
        .filter(([other]) => other !== name && shape.required?.includes(other))
        .map(([other, each]) => `${JSON.stringify(other)}:${least(each)},`)
      const head = `{${others.join('')}${JSON.stringify(name)}:${before}`
      bodies.push(fill(head, unit, bytes, `${behind}}`))
    }
    bodies.push(fill('{', `${JSON.stringify(name)}:${least(member)},`, bytes, '"x":0}'))
  }
  return bodies
}

/** Ways to make a value large: what repeats, and what stands around it. */
function partsOf(shape: Shape): [before: string, unit: string, behind: string][] {
  switch (shape.type) {
    case 'string':
      return STRING_UNITS.map((unit) => ['"', unit, '"'])
    case 'integer':
      return [
        ['', '9', ''],
        ['0.', '0', '1'],
        ['"', '9', '"'],
      ]
    case 'boolean':
      return [['"', 't', '"']]
    case 'array': {
      const item = shape.items ?? {}
      return [
        ['[', `${least(item)},`, `${least(item)}]`],
        ['[', `${padded(item, 200)},`, `${least(item)}]`],
        ['[', `${padded(item, 1000)},`, `${least(item)}]`],
        ...partsOf(item).map(([before, unit, behind]): [string, string, string] => [
          `[${before}`,
          unit,
          `${behind}]`,
        ]),
      ]
    }
    case 'object': {
      const all = Object.entries(shape.properties ?? {})
      return all.flatMap(([name, member]) =>
        partsOf(member).map(([before, unit, behind]): [string, string, string] => {
          const others = all
            .filter(([other]) => other !== name && shape.required?.includes(other))
            .map(([other, each]) => `${JSON.stringify(other)}:${least(each)},`)
          return [`{${others.join('')}${JSON.stringify(name)}:${before}`, unit, `${behind}}`]
        }),
      )
    }
    default:
      return [['"', 'a', '"']]
  }
}

/** The smallest value of a shape. */
function least(shape: Shape): string {
  return padded(shape, 1)
}

/** A small value of a shape whose strings have so many characters. */
function padded(shape: Shape, length: number): string {
  switch (shape.type) {
    case 'string':
      return `"${'a'.repeat(length)}"`
    case 'integer':
      return '0'
    case 'boolean':
      return 'true'
    case 'array':
      return '[]'
    case 'object': {
      const all = Object.entries(shape.properties ?? {})
      const kept = length === 1 ? all.filter(([name]) => shape.required?.includes(name)) : all
      return `{${kept.map(([name, each]) => `${JSON.stringify(name)}:${padded(each, length)}`)}}`
    }
    default:
      return '"a"'
  }
}
