/** Cases of Content-Length. */
import type { Case } from '../case.ts'
import { head, NEXT, post } from './messages.ts'

const served = (name: string, line: string, body = 'hello'): Case => ({
  name,
  section: '9110 8.6',
  bytes: head('POST / HTTP/1.1', line) + body,
  answers: [`200 POST /${body === '' ? '' : ` ${body}`}`],
  ending: 'open',
})

const refused = (name: string, lines: readonly string[], section = '9112 6.3'): Case => ({
  name,
  section,
  bytes: `${head('POST / HTTP/1.1', ...lines)}hello`,
  answers: ['400'],
  ending: 'closed',
})

const value = (text: string, name = `"${text}" is no length`): Case =>
  refused(name, [`Content-Length: ${text}`], '9110 8.6')

/** Cases of lengths. */
export const LENGTHS: readonly Case[] = [
  served('a body of a length is read', 'Content-Length: 5'),
  served('a length of 0 is no body', 'Content-Length: 0', ''),
  served('zeros before a length are read', 'Content-Length: 0005'),
  served('spaces around a length are no part of it', 'Content-Length:  5  '),
  served('the name of a length has any case', 'cOnTeNt-LeNgTh: 5'),
  {
    name: 'a body is any bytes',
    section: '9110 6.4',
    bytes: post('\0\r\n\r\n\x80\xff'),
    answers: ['200 POST / \0\r\n\r\n\x80\xff'],
    ending: 'open',
  },
  {
    name: 'a body that looks like a request is a body',
    section: '9112 6.2',
    bytes: post(NEXT),
    answers: [`200 POST / ${NEXT}`],
    ending: 'open',
  },
  {
    name: 'a GET may have a body',
    section: '9110 9.3.1',
    bytes: `${head('GET / HTTP/1.1', 'Content-Length: 5')}hello`,
    answers: ['200 GET / hello'],
    ending: 'open',
  },
  {
    name: 'a HEAD may have a body',
    section: '9110 9.3.2',
    bytes: `${head('HEAD / HTTP/1.1', 'Content-Length: 5')}hello`,
    answers: ['200 HEAD / hello'],
    ending: 'open',
  },
  {
    name: 'a POST without framing has no body',
    section: '9112 6.3',
    bytes: head('POST / HTTP/1.1'),
    answers: ['200 POST /'],
    ending: 'open',
  },
  {
    name: 'what follows a body is a request',
    section: '9112 6.3',
    bytes: `${post('hello')}${NEXT}`,
    answers: ['200 POST / hello', '200 GET /next'],
    ending: 'open',
  },
  {
    name: 'what follows a body and is no request is refused',
    section: '9112 6.3',
    bytes: `${post('hello')}@\r\n\r\n`,
    answers: ['200 POST / hello', '400'],
    ending: 'closed',
  },
  {
    name: 'an empty line behind a body is skipped',
    section: '9112 2.2',
    bytes: `${post('hello')}\r\n${NEXT}`,
    answers: ['200 POST / hello', '200 GET /next'],
    ending: 'open',
  },
  {
    name: 'the rest of a body is waited for',
    section: '9112 8',
    bytes: `${head('POST / HTTP/1.1', 'Content-Length: 5')}hell`,
    answers: [],
    ending: 'waiting',
  },
  {
    name: 'a body that ends early is no request',
    section: '9112 8',
    bytes: `${head('POST / HTTP/1.1', 'Content-Length: 5')}hell`,
    fin: true,
    answers: [],
    ending: 'closed',
  },
  refused('an empty length is refused', ['Content-Length:'], '9110 8.6'),
  refused('a length of spaces is refused', ['Content-Length:  '], '9110 8.6'),
  ...[
    '+5',
    '-5',
    '-0',
    '5.0',
    '0x5',
    '5e0',
    '5,5',
    '5, 5',
    '5 5',
    '5;',
    '5,',
    ',5',
    '"5"',
    'five',
  ].map((text) => value(text)),
  value('5\xa0', 'a byte above 127 behind a length is refused'),
  value('\xa05', 'a byte above 127 before a length is refused'),
  value('5\x0b', 'a vertical tab behind a length is refused'),
  value('5\0', 'a NUL behind a length is refused'),
  value('\xb2', 'a superscript digit is no length'),
  value('18446744073709551616', 'a length of 2^64 is refused'),
  value('18446744073709551621', 'a length of 2^64 + 5 is not 5'),
  value('99999999999999999999999999999999', 'a length of 32 digits is refused'),
  refused('two lengths that differ are refused', ['Content-Length: 5', 'Content-Length: 6']),
  refused('two lengths that are the same are refused', ['Content-Length: 5', 'Content-Length: 5']),
  refused('a length of 0 before another one is refused', [
    'Content-Length: 0',
    'Content-Length: 5',
  ]),
  refused('an empty length before another one is refused', [
    'Content-Length:',
    'Content-Length: 5',
  ]),
  refused('a length that is folded is refused', ['Content-Length:\r\n 5'], '9112 5.2'),
  refused('a space before the colon of a length is refused', ['Content-Length : 5'], '9112 5.1'),
  {
    name: 'a length with an underscore is none',
    section: '9110 5.1',
    bytes: head('POST / HTTP/1.1', 'Content_Length: 5'),
    answers: ['200 POST /'],
    ending: 'open',
  },
]
