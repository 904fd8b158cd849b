/** Cases of Transfer-Encoding, and of what smugglers do with it. */
import type { Case } from '../case.ts'
import { bare, head, NEXT } from './messages.ts'

const BODY = '5\r\nhello\r\n0\r\n\r\n'

const served = (name: string, line: string): Case => ({
  name,
  section: '9112 6.1',
  bytes: head('POST / HTTP/1.1', line) + BODY,
  answers: ['200 POST / hello'],
  ending: 'open',
})

const refused = (
  name: string,
  lines: readonly string[],
  { status = '400', section = '9112 6.3' } = {},
): Case => ({
  name,
  section,
  bytes: head('POST / HTTP/1.1', ...lines) + BODY,
  answers: [status],
  ending: 'closed',
})

const CHUNKED = 'Transfer-Encoding: chunked'
const LENGTH = 'Content-Length: 5'

/** Cases of codings. */
export const CODINGS: readonly Case[] = [
  served('chunks are read', CHUNKED),
  served('the name of a coding has any case', 'Transfer-Encoding: ChUnKeD'),
  served('spaces around a coding are no part of it', 'Transfer-Encoding:  chunked  '),
  served('the name of the header has any case', 'TRANSFER-ENCODING:chunked'),
  ...[
    ['gzip alone', 'gzip'],
    ['identity', 'identity'],
    ['identity behind chunks', 'chunked, identity'],
    ['an empty coding', ''],
    ['chunks twice', 'chunked, chunked'],
    ['an empty item behind chunks', 'chunked,'],
    ['a parameter of chunks', 'chunked;q=1'],
    ['chunks in quotes', '"chunked"'],
    ['a longer name', 'xchunked'],
    ['a shorter name', 'chunke'],
    ['two names', 'chunked x'],
    ['a byte above 127 behind chunks', 'chunked\xa0'],
    ['a vertical tab before chunks', '\x0bchunked'],
    ['a NUL behind chunks', 'chunked\0'],
  ].map(([name, coding]) => refused(`${name} is refused`, [`Transfer-Encoding: ${coding}`])),
  refused('an empty item before chunks is refused', ['Transfer-Encoding: , chunked'], {
    status: '501',
    section: '9112 6.1',
  }),
  refused('gzip before chunks is refused', ['Transfer-Encoding: gzip, chunked'], {
    status: '501',
    section: '9112 6.1',
  }),
  refused('two headers of chunks are refused', [CHUNKED, CHUNKED]),
  refused('identity in another header before chunks is refused', [
    'Transfer-Encoding: identity',
    CHUNKED,
  ]),
  refused('identity in another header behind chunks is refused', [
    CHUNKED,
    'Transfer-Encoding: identity',
  ]),
  refused('an empty header before chunks is refused', ['Transfer-Encoding:', CHUNKED]),
  refused('a length before chunks is refused', [LENGTH, CHUNKED]),
  refused('chunks before a length are refused', [CHUNKED, LENGTH]),
  refused('a length of 0 beside chunks is refused', ['Content-Length: 0', CHUNKED]),
  refused('a length beside an empty coding is refused', ['Transfer-Encoding:', LENGTH]),
  refused('a length beside another coding is refused', ['Transfer-Encoding: x', LENGTH]),
  refused('a space before the colon of a coding is refused', ['Transfer-Encoding : chunked'], {
    section: '9112 5.1',
  }),
  refused('a coding that is folded is refused', ['Transfer-Encoding:\r\n chunked'], {
    section: '9112 5.2',
  }),
  refused('a folded line that looks like a coding is refused', ['X-A: 1', ` ${CHUNKED}`], {
    section: '9112 5.2',
  }),
  refused('a coding behind a carriage return is refused', [`X-A: 1\r${CHUNKED}`], {
    section: '9112 2.2',
  }),
  refused('a coding behind a line feed is refused', [`X-A: 1\n${CHUNKED}`], {
    section: '9112 2.2',
  }),
  refused('a coding behind a NUL is refused', [`X-A: 1\0${CHUNKED}`], { section: '9110 5.5' }),
  {
    name: 'a coding with an underscore is none',
    section: '9110 5.1',
    bytes: `${head('POST / HTTP/1.1', 'Transfer_Encoding: chunked', LENGTH)}hello`,
    answers: ['200 POST / hello'],
    ending: 'open',
  },
  {
    name: 'the name of a coding in another header is none',
    section: '9112 6.1',
    bytes: head('POST / HTTP/1.1', 'X-A: Transfer-Encoding: chunked'),
    answers: ['200 POST / x-a=Transfer-Encoding: chunked'],
    ending: 'open',
  },
  {
    name: 'TE is no coding of the request',
    section: '9110 10.1.4',
    bytes: head('GET / HTTP/1.1', 'TE: trailers', 'Connection: TE'),
    answers: ['200 GET /'],
    ending: 'open',
  },
  {
    name: 'chunks in HTTP/1.0 are refused',
    section: '9112 6.1',
    bytes: bare('POST / HTTP/1.0', CHUNKED) + BODY,
    answers: ['400'],
    ending: 'closed',
  },
  {
    name: 'a GET may have chunks',
    section: '9110 9.3.1',
    bytes: head('GET / HTTP/1.1', CHUNKED) + BODY,
    answers: ['200 GET / hello'],
    ending: 'open',
  },
  {
    name: 'a length that ends before the chunks do is refused',
    section: '9112 11.2',
    bytes: `${head('POST / HTTP/1.1', 'Content-Length: 4', CHUNKED)}0\r\n\r\n${NEXT}`,
    answers: ['400'],
    ending: 'closed',
  },
  {
    name: 'a length that ends behind the chunks is refused',
    section: '9112 11.2',
    bytes: `${head('POST / HTTP/1.1', CHUNKED, `Content-Length: ${NEXT.length + 5}`)}0\r\n\r\n${NEXT}`,
    answers: ['400'],
    ending: 'closed',
  },
]
