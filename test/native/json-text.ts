/** JSON texts, right and almost right, and what JSON.parse says about them: an oracle. */
import fc from 'fast-check'

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What JSON.parse makes of bytes, in an object; undefined where it throws, and for bad UTF-8. */
export function parsed(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(UTF8.decode(bytes)) }
  } catch {
    return undefined
  }
}

/** A JSON text without white space between its tokens: all else as it is. */
export function compact(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|[ \t\n\r]+/gs, (_all, string = '') => string)
}

const space = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 70 }),
)

const number = fc.oneof(
  fc.constantFrom('0', '-0', '12345678901234567890', '1.10', '1e400', '-1E-400', '1.0', '1e+05'),
  fc.stringMatching(/^-?(0|[1-9]\d{0,40})(\.\d{1,30})?([eE][+-]?\d{1,5})?$/),
)

const character = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).map(escaped),
  fc.constantFrom('\\n', '\\"', '\\\\', '\\/', '\\u0000', '\\ud83d\\ude00', '\\uD800', '\\udc00'),
  fc.stringMatching(/^\\u[0-9a-fA-F]{4}$/),
  fc.stringMatching(/^[a-z{}[\]:,' ]{1,40}$/),
)

/** The text of a JSON string, some characters escaped without need, and halves of pairs in it. */
export const stringText = fc.array(character, { maxLength: 20 }).map((all) => `"${all.join('')}"`)

/** A character as it may stand in a JSON string. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** The text of any JSON value: with white space, members that occur twice, numbers of any size. */
export const { jsonText } = fc.letrec<{ jsonText: string; value: string }>((tie) => ({
  jsonText: fc.tuple(space, tie('value'), space).map((parts) => parts.join('')),
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.constantFrom('null', 'true', 'false'),
    number,
    stringText,
    fc.array(tie('jsonText'), { maxLength: 5 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(fc.tuple(space, fc.oneof(fc.constant('"twice"'), stringText), tie('jsonText')), {
        maxLength: 5,
      })
      .map((members) => `{${members.map(([gap, name, value]) => `${gap}${name}${gap}:${value}`)}}`),
  ),
}))

/** Bytes that JSON, UTF-8 or their scanners treat in a special way. */
const SPECIAL_BYTES = [
  ...Buffer.from('{}[]:,"\\ \t\n\r\'/u0129-+.eEtfnaN\0\x1f\x7f'),
  ...[0x80, 0xbf, 0xc0, 0xc3, 0xe2, 0xed, 0xa0, 0xef, 0xbb, 0xf0, 0xf4, 0x90, 0xfe, 0xff],
]

const edit = fc.record({
  kind: fc.constantFrom('insert', 'replace', 'remove', 'cut', 'repeat'),
  at: fc.nat(),
  byte: fc.oneof(fc.constantFrom(...SPECIAL_BYTES), fc.nat(255)),
  length: fc.integer({ min: 1, max: 8 }),
})

type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never

/** What the edits do to `bytes`, in place. */
const EDITS: Record<string, (bytes: number[], place: number, edit: Edit) => void> = {
  insert: (bytes, place, { byte }) => bytes.splice(place, 0, byte),
  replace: (bytes, place, { byte }) => bytes.splice(place, 1, byte),
  remove: (bytes, place, { length }) => bytes.splice(place, length),
  cut: (bytes, place) => bytes.splice(place),
  repeat: (bytes, place, { length }) =>
    bytes.splice(place, 0, ...bytes.slice(place, place + length)),
}

/** Texts of `source` as bytes, with a few of them inserted, replaced, removed or doubled. */
export function mutated(source: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  return fc.tuple(source, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([text, edits]) => {
    const bytes = [...Buffer.from(text)]
    for (const each of edits) EDITS[each.kind]?.(bytes, each.at % (bytes.length + 1), each)
    return Buffer.from(bytes)
  })
}
