/** Cases of chunks, their extensions, and trailers. */
import type { Case } from '../case.ts'
import { chunked, NEXT } from './messages.ts'

const SECTION = '9112 7.1'
const END = '0\r\n\r\n'
const HELLO = '5\r\nhello\r\n'

const served = (name: string, chunks: string, section = SECTION, body = 'hello'): Case => ({
  name,
  section,
  bytes: chunked(chunks),
  answers: [`200 POST /${body === '' ? '' : ` ${body}`}`],
  ending: 'open',
})

const refused = (name: string, chunks: string, section = SECTION, status = '400'): Case => ({
  name,
  section,
  bytes: chunked(chunks),
  answers: [status],
  ending: 'closed',
})

const size = (text: string, name: string): Case => refused(name, `${text}\r\nhello\r\n${END}`)

/** Cases of chunks. */
export const CHUNKS: readonly Case[] = [
  served('one chunk is read', HELLO + END),
  served('chunks are joined', `2\r\nhe\r\n1\r\nl\r\n2\r\nlo\r\n${END}`),
  served('no chunk is an empty body', END, SECTION, ''),
  served('a size has digits in capitals', `A\r\nhellohello\r\n${END}`, SECTION, 'hellohello'),
  served('a size has small digits', `a\r\nhellohello\r\n${END}`, SECTION, 'hellohello'),
  served('zeros before a size are read', `0005\r\nhello\r\n${END}`),
  served('the last chunk has any number of zeros', `${HELLO}000\r\n\r\n`),
  served(
    'a chunk that looks like the last one is data',
    `5\r\n0\r\n\r\n\r\n${END}`,
    SECTION,
    '0\r\n\r\n',
  ),
  served('a chunk is any bytes', `5\r\n\0\r\n\x80\xff\r\n${END}`, SECTION, '\0\r\n\x80\xff'),
  {
    name: 'what follows the last chunk is a request',
    section: '9112 6.3',
    bytes: chunked(HELLO + END) + NEXT,
    answers: ['200 POST / hello', '200 GET /next'],
    ending: 'open',
  },
  {
    name: 'a request behind chunks that are refused is none',
    section: SECTION,
    bytes: chunked(`5\r\nhelloX\r\n${END}`) + NEXT,
    answers: ['400'],
    ending: 'closed',
  },
  {
    name: 'the end of a chunk is waited for',
    section: SECTION,
    bytes: chunked('5\r\nhello'),
    answers: [],
    ending: 'waiting',
  },
  {
    name: 'the last chunk is waited for',
    section: SECTION,
    bytes: chunked(HELLO),
    answers: [],
    ending: 'waiting',
  },
  {
    name: 'the empty line behind the last chunk is waited for',
    section: SECTION,
    bytes: chunked(`${HELLO}0\r\n`),
    answers: [],
    ending: 'waiting',
  },
  {
    name: 'chunks that end early are no request',
    section: '9112 8',
    bytes: chunked(HELLO),
    fin: true,
    answers: [],
    ending: 'closed',
  },
  size('', 'a chunk without a size is refused'),
  size('g', 'a letter behind F is no digit'),
  size('G', 'a capital letter behind F is no digit'),
  size(':', 'a colon is no digit'),
  size('@', 'an at sign is no digit'),
  size('/', 'a slash is no digit'),
  size('`', 'a back quote is no digit'),
  size('0x5', 'a prefix of a size is refused'),
  size('+5', 'a plus before a size is refused'),
  size('-5', 'a minus before a size is refused'),
  size(' 5', 'a space before a size is refused'),
  size('\t5', 'a tab before a size is refused'),
  size('5 ', 'a space behind a size is refused'),
  size('5\t', 'a tab behind a size is refused'),
  size('5 5', 'two sizes are refused'),
  size('5,', 'a comma behind a size is refused'),
  size('5.', 'a point behind a size is refused'),
  size('5\0', 'a NUL behind a size is refused'),
  size('\xb5', 'a byte above 127 is no digit'),
  size('5\r', 'a carriage return behind a size is refused'),
  size('10000000000000005', 'a size of 2^64 + 5 is not 5'),
  size('fffffffffffffffff', 'a size of 17 digits is refused'),
  refused('a line feed alone does not end a size', `5\nhello\r\n${END}`),
  refused('a carriage return alone does not end a size', `5\rhello\r\n${END}`),
  refused('a line feed alone does not end a chunk', `5\r\nhello\n${END}`),
  refused('a carriage return alone does not end a chunk', `5\r\nhello\r${END}`),
  refused('data without an end is refused', `5\r\nhello${END}`),
  refused('data that is longer than its size is refused', `4\r\nhello\r\n${END}`),
  refused('data that is shorter than its size is refused', `6\r\nhello\r\n${END}`),
  refused('a line feed alone does not end the last chunk', `${HELLO}0\n\r\n`),
  refused('a line feed alone does not end the body', `${HELLO}0\r\n\n`),
  refused('a carriage return alone does not end the body', `${HELLO}0\r\n\rX`),
  ...[
    ['a chunk extension', ';a'],
    ['a chunk extension with a value', ';a=b'],
    ['several chunk extensions', ';a=b;c;d=e'],
    ['a chunk extension in quotes', ';a="b;c d"'],
    ['a chunk extension with an escaped quote', ';a="b\\"c"'],
  ].map(([name, extension]) =>
    served(`${name} is dropped`, `5${extension}\r\nhello\r\n${END}`, '9112 7.1.1'),
  ),
  served('an extension of the last chunk is dropped', `${HELLO}0;a=b\r\n\r\n`, '9112 7.1.1'),
  ...[
    ['a chunk extension without a size', ';a'],
    ['a chunk extension with a line feed', '5;a\nb'],
    ['a chunk extension with a carriage return', '5;a\rb'],
    ['a chunk extension with a NUL', '5;a\0'],
    ['a chunk extension with a DEL in its quotes', '5;a="b\x7f"'],
    ['a chunk extension whose quotes do not end', '5;a="b'],
    ['a chunk extension with text behind its quotes', '5;a="b"c'],
  ].map(([name, line]) =>
    refused(`${name} is refused`, `${line}\r\nhello\r\n${END}`, '9112 7.1.1'),
  ),
  served('a trailer is dropped', `${HELLO}0\r\nX-A: 1\r\n\r\n`, '9112 7.1.2'),
  served('several trailers are dropped', `${HELLO}0\r\nX-A: 1\r\nX-B:\r\n\r\n`, '9112 7.1.2'),
  refused(
    'a length among the trailers is refused',
    `${HELLO}0\r\nContent-Length: 9\r\n\r\n`,
    '9110 6.5.1',
  ),
  refused(
    'a coding among the trailers is refused',
    `${HELLO}0\r\nTransfer-Encoding: chunked\r\n\r\n`,
    '9110 6.5.1',
  ),
  served('a Host among the trailers is dropped', `${HELLO}0\r\nHost: y\r\n\r\n`, '9110 6.5.1'),
  served(
    'a Connection among the trailers closes nothing',
    `${HELLO}0\r\nConnection: close\r\n\r\n`,
    '9110 6.5.1',
  ),
  {
    name: 'a request behind a trailer is read',
    section: '9112 7.1.2',
    bytes: chunked(`${HELLO}0\r\nX-A: 1\r\n\r\n`) + NEXT,
    answers: ['200 POST / hello', '200 GET /next'],
    ending: 'open',
  },
  {
    name: 'the end of the trailers is waited for',
    section: '9112 7.1.2',
    bytes: chunked(`${HELLO}0\r\nX-A: 1\r\n`),
    answers: [],
    ending: 'waiting',
  },
  ...[
    ['a trailer without a colon', 'X-A'],
    ['a trailer without a name', ': 1'],
    ['a trailer with a space before its colon', 'X-A : 1'],
    ['a trailer with a NUL', 'X-A: \0'],
    ['a trailer that is folded', 'X-A: 1\r\n 2'],
    ['a trailer with a line feed', 'X-A: 1\nX-B: 2'],
    ['a request instead of the empty line', 'GET /next HTTP/1.1\r\nHost: x'],
  ].map(([name, line]) =>
    refused(`${name} is refused`, `${HELLO}0\r\n${line}\r\n\r\n`, '9112 7.1.2'),
  ),
]
