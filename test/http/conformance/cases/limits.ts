/** Cases of sizes: those that a server takes, and those that it refuses. The limit of a head is 32 KiB. */
import type { Case } from '../case.ts'
import { chunked, head, NEXT, post } from './messages.ts'

/** So many fields, of which Host is the first. */
const fields = (count: number): string =>
  head('GET / HTTP/1.1', ...Array.from({ length: count - 1 }, (_, index) => `Y-${index}: ${index}`))

const tooLarge = (name: string, bytes: string, answers = ['431']): Case => ({
  name,
  section: '6585 5',
  bytes,
  answers,
  ending: 'closed',
})

const fits = (name: string, bytes: string, answers: readonly string[]): Case => ({
  name,
  section: '9112 3',
  bytes,
  answers,
  ending: 'open',
})

const KIB = 1024

/** Cases of limits. */
export const LIMITS: readonly Case[] = [
  fits('a target of 8000 bytes is read', head(`GET /${'a'.repeat(7999)} HTTP/1.1`), [
    '200 GET <8000>',
  ]),
  fits('a value of 20 KiB is read', head('GET / HTTP/1.1', `Y-A: ${'a'.repeat(20 * KIB)}`), [
    '200 GET /',
  ]),
  fits('a name of 1 KiB is read', head('GET / HTTP/1.1', `y${'a'.repeat(KIB)}: 1`), ['200 GET /']),
  fits('100 fields are read', fields(100), ['200 GET /']),
  fits('a body of 200 KiB is read', post('a'.repeat(200 * KIB)), ['200 POST / <204800>']),
  fits('a body above the limit of a head is no head', post('a'.repeat(40 * KIB)) + NEXT, [
    '200 POST / <40960>',
    '200 GET /next',
  ]),
  fits('a chunk of 200 KiB is read', chunked(`32000\r\n${'a'.repeat(200 * KIB)}\r\n0\r\n\r\n`), [
    '200 POST / <204800>',
  ]),
  fits('a thousand chunks are read', chunked(`${'1\r\na\r\n'.repeat(1000)}0\r\n\r\n`), [
    '200 POST / <1000>',
  ]),
  fits(
    'heads that are together above the limit are read',
    head('GET / HTTP/1.1', `Y-A: ${'a'.repeat(20 * KIB)}`).repeat(3),
    ['200 GET /', '200 GET /', '200 GET /'],
  ),
  tooLarge('101 fields are refused', fields(101)),
  tooLarge('1000 fields are refused', fields(1000)),
  tooLarge(
    'a value above the limit is refused',
    head('GET / HTTP/1.1', `Y-A: ${'a'.repeat(33 * KIB)}`),
  ),
  tooLarge(
    'a name above the limit is refused',
    head('GET / HTTP/1.1', `y${'a'.repeat(33 * KIB)}: 1`),
  ),
  tooLarge('a target above the limit is refused', head(`GET /${'a'.repeat(33 * KIB)} HTTP/1.1`)),
  tooLarge(
    'fields that are together above the limit are refused',
    head(
      'GET / HTTP/1.1',
      ...Array.from({ length: 50 }, (_, index) => `Y-${index}: ${'a'.repeat(KIB)}`),
    ),
  ),
  tooLarge(
    'a value without end is refused',
    `GET / HTTP/1.1\r\nHost: x\r\nY-A: ${'a'.repeat(64 * KIB)}`,
  ),
  tooLarge('a target without end is refused', `GET /${'a'.repeat(64 * KIB)}`),
  tooLarge(
    'trailers above the limit are refused',
    chunked(`5\r\nhello\r\n0\r\nY-A: ${'a'.repeat(33 * KIB)}\r\n\r\n`),
  ),
  tooLarge(
    'a head above the limit is refused behind the answer before it',
    head('GET /later HTTP/1.1') + head('GET / HTTP/1.1', `Y-A: ${'a'.repeat(33 * KIB)}`),
    ['200 GET /later', '431'],
  ),
  {
    name: 'chunk extensions above the limit are refused',
    section: '9112 7.1.1',
    bytes: chunked(`5;${'a'.repeat(33 * KIB)}\r\nhello\r\n0\r\n\r\n`),
    answers: ['400'],
    ending: 'closed',
  },
]
