/** Cases of the names and the values of header fields. */
import type { Case } from '../case.ts'
import { head, NEXT } from './messages.ts'

const served = (name: string, line: string, read: string, section: string): Case => ({
  name,
  section,
  bytes: head('GET / HTTP/1.1', line),
  answers: [`200 GET /${read}`],
  ending: 'open',
})

const refused = (name: string, line: string, section: string): Case => ({
  name,
  section,
  bytes: head('GET / HTTP/1.1', line),
  answers: ['400'],
  ending: 'closed',
})

const NAMES = '9110 5.1'
const VALUES = '9110 5.5'

/** Cases of header fields. */
export const FIELDS: readonly Case[] = [
  served('a name has any case', 'X-NaMe: 1', ' x-name=1', NAMES),
  ..."_.!#$%&'*+^|~`"
    .split('')
    .map((character) =>
      served(
        `${character} is part of a name`,
        `x${character}y: 1`,
        ` x${character}y=1`,
        '9110 5.6.2',
      ),
    ),
  served('a digit is part of a name', 'x1: 1', ' x1=1', '9110 5.6.2'),
  served('a name begins with any of its characters', "!#$%&'*+-.^_`|~0: 1", '', '9110 5.6.2'),
  served('a field may come twice', 'X-A: 1\r\nX-A: 2', ' x-a=1 x-a=2', '9110 5.3'),
  refused(
    'two Authorization fields are refused',
    'Authorization: Basic YTpi\r\nAuthorization: Basic YTpj',
    '9110 11.6.2',
  ),
  refused('a field without a name is refused', ': b', NAMES),
  {
    name: 'a field without a name hides no field behind it',
    section: NAMES,
    bytes: head('POST / HTTP/1.1', ': b', `Content-Length: ${NEXT.length}`) + NEXT,
    answers: ['400'],
    ending: 'closed',
  },
  refused('a line without a colon is refused', 'X-A', NAMES),
  refused('a space before the colon is refused', 'X-A : 1', '9112 5.1'),
  refused('a tab before the colon is refused', 'X-A\t: 1', '9112 5.1'),
  refused('a space within a name is refused', 'X A: 1', NAMES),
  ...'"(),/;<=>?@[]{}\\'
    .split('')
    .map((character) =>
      refused(`${character} is no part of a name`, `x${character}y: 1`, '9110 5.6.2'),
    ),
  refused('a NUL in a name is refused', 'x\0y: 1', '9110 5.6.2'),
  refused('a DEL in a name is refused', 'x\x7fy: 1', '9110 5.6.2'),
  refused('a byte above 127 in a name is refused', 'x\xe9y: 1', '9110 5.6.2'),
  refused('a carriage return in a name is refused', 'x\ry: 1', '9110 5.6.2'),
  served('a value is read without the spaces around it', 'X-A:  \t 1 2 \t ', ' x-a=1 2', VALUES),
  served('a value needs no space before it', 'X-A:1', ' x-a=1', VALUES),
  served('a value may be empty', 'X-A:', ' x-a=', VALUES),
  served('a value of spaces alone is empty', 'X-A: \t ', ' x-a=', VALUES),
  served('a tab within a value is read', 'X-A: a\tb', ' x-a=a\tb', VALUES),
  served('a colon within a value is read', 'X-A: a:b', ' x-a=a:b', VALUES),
  served(
    'all visible characters of a value are read',
    'X-A: !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    ' x-a=!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    VALUES,
  ),
  served('bytes above 127 in a value are UTF-8', 'X-A: \xc3\xa9', ' x-a=é', VALUES),
  served(
    'bytes above 127 around a value are kept',
    'X-A: \xc2\xa01\xc2\xa0',
    ' x-a=\u00a01\u00a0',
    VALUES,
  ),
  refused('a NUL in a value is refused', 'X-A: a\0b', VALUES),
  refused('a control character in a value is refused', 'X-A: a\x01b', VALUES),
  refused('a DEL in a value is refused', 'X-A: a\x7fb', VALUES),
  refused('a carriage return in a value is refused', 'X-A: a\rb', VALUES),
  refused('a line feed in a value begins no field', 'X-A: a\nX-B: b', VALUES),
  refused('a folded value is refused', 'X-A: a\r\n b', '9112 5.2'),
  refused('a value folded with a tab is refused', 'X-A: a\r\n\tb', '9112 5.2'),
  refused('an empty value that is folded is refused', 'X-A:\r\n b', '9112 5.2'),
  refused('a folded line of a space alone is refused', 'X-A: a\r\n ', '9112 5.2'),
]
