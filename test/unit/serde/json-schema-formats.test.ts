/** Formats of JSON Schema: compared with the original's validator, which made the vectors. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { PayloadError } from '../../../src/serde/codec.ts'
import { compileJsonSchema } from '../../../src/serde/json-schema/codec.ts'

const FOLDER = new URL('../../golden/formats/', import.meta.url)
/** Texts, by format. */
const CASES = read<Readonly<Record<string, readonly string[]>>>('cases.json')
/** By draft and format: 1 for what is taken, ! for what makes it crash. */
const VECTORS = read<Readonly<Record<string, Readonly<Record<string, string>>>>>('vectors.json')

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as T
}

/** What is taken here and not there. */
const MORE: Readonly<Record<string, readonly string[]>> = {
  'date-time': [
    // RFC 3339 has letters of both cases, any number of digits, offsets up to 23:59, and leap seconds.
    ...['2024-01-15t14:30:00z', '2024-01-15T14:30:00z', '2024-01-15T14:30:00.1234567890Z'],
    ...[
      '2016-12-31T23:59:60Z',
      '2024-01-15T23:59:60Z',
      '2024-01-15T14:30:00+18:01',
      '0000-01-01T00:00:00Z',
    ],
  ],
  time: ['14:30:00z', '14:30:00.1234567890Z', '23:59:60Z'],
  // Any domain that RFC 5321 has; the original has a list of those at the top.
  email: ['a@b', 'a@localhost', 'a@example.invalid', 'a@[IPv6:::1]', 'a@example.c', 'a@b.c1'],
  hostname: ['a-b.c'],
  'uri-template': ['{=a}', '{!a}'],
  // ECMAScript's, which has no other meaning in Java.
  regex: ['\\u{41}'],
}

/** What is taken there and not here. */
const LESS: Readonly<Record<string, readonly string[]>> = {
  // There is no such day, nor hour, nor year.
  'date-time': [
    ...[
      '2024-02-30T00:00:00Z',
      '2023-02-29T00:00:00Z',
      '2024-02-31T00:00:00Z',
      '2024-04-31T00:00:00Z',
    ],
    ...['2024-01-15T24:00:00Z', '+10000-01-01T00:00:00Z'],
  ],
  date: ['+12024-01-15', '-2024-01-15', '-0001-01-15'],
  time: ['24:00:00Z'],
  // No address has a zone or a length of its prefix.
  ipv6: ['fe80::1%eth0', '::1/64'],
  // Relative to what? Draft 4 and 6 only.
  uri: ['//example.com/a', '/a/b', 'a/b', 'a', '', '#a', '?a'],
  'uri-template': ['{a:99999}', 'a b', '{a..b}', '%zz', '<a>', '"'],
  'relative-json-pointer': ['0/~'],
  regex: ['(?U)a', '\\p{InGreek}', '\\X', '\\b{g}'],
}

for (const [draft, vectors] of Object.entries(VECTORS)) {
  for (const [format, texts] of Object.entries(CASES)) {
    test(`draft ${draft}: ${format}`, () => {
      const verdicts = vectors[format] ?? ''
      const isAnnotation = /^1*$/.test(verdicts)
      const codec = compileJsonSchema({
        type: 'JSON',
        text: JSON.stringify({ $schema: `http://json-schema.org/draft-0${draft}/schema#`, format }),
        references: [],
      })
      const isTaken = (text: string) => {
        try {
          codec.encode(JSON.stringify(text))
          return true
        } catch (error) {
          assert.ok(error instanceof PayloadError)
          return false
        }
      }
      const different = texts.filter((text, at) => isTaken(text) !== (verdicts[at] === '1'))
      const more = different.filter(isTaken)
      const less = different.filter((text) => !isTaken(text))
      assert.deepEqual(
        more.filter((text) => isAnnotation || !MORE[format]?.includes(text)),
        [],
      )
      assert.deepEqual(
        less.filter((text) => isAnnotation || !LESS[format]?.includes(text)),
        [],
      )
    })
  }
}
