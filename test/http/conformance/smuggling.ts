/** Requests whose end servers may see in different places, with a second request hidden in them. */
import { CASES } from './case.ts'
import { head, NEXT } from './cases/messages.ts'

/** A message, and a name for it. */
export interface Ambiguous {
  readonly name: string
  readonly bytes: string
}

/** Bytes that one server drops and another one keeps. */
const ODD_BYTES = [
  0, 1, 8, 9, 10, 11, 12, 13, 0x1f, 0x20, 0x22, 0x2c, 0x3b, 0x5f, 0x7f, 0x80, 0x85, 0xa0, 0xff,
]

const HIDDEN = `${NEXT.replace('/next', '/hidden')}`

/** The header, with the byte at each place where one may be lost. */
function variantsOf(name: string, value: string): string[] {
  const around = ODD_BYTES.map((byte) => String.fromCharCode(byte)).flatMap((byte) => [
    `${byte}${name}: ${value}`,
    `${name}${byte}: ${value}`,
    `${name}:${byte}${value}`,
    `${name}: ${value}${byte}`,
    `X: 1${byte}${name}: ${value}`,
  ])
  return [
    `${name}: ${value}`,
    `${name}:${value}`,
    `${name}:\r\n ${value}`,
    `X: 1\r\n ${name}: ${value}`,
    `: 1\r\n${name}: ${value}`,
    `${name.replace('-', '_')}: ${value}`,
    `${name}\r\n: ${value}`,
    `Connection: ${name}\r\n${name}: ${value}`,
    ...around,
  ]
}

const CODINGS = [
  'identity',
  'gzip, chunked',
  'chunked, identity',
  'x, chunked',
  'chunk',
  'chunked, chunked',
  'CHUNKED',
  "'chunked'",
  'chunked;a',
  'chunked\r\nTransfer-Encoding: x',
]
const LENGTHS = [
  '+5',
  '5, 5',
  '0x5',
  '005',
  '5.',
  '-1',
  '5\r\nContent-Length: 6',
  '6\r\nContent-Length: 5',
  '18446744073709551621',
]
const SIZES = [
  '0',
  '00',
  '0;a',
  '0 ',
  ' 0',
  '0x0',
  '-0',
  '+0',
  '0\0',
  '0,',
  '',
  '0;\n',
  '0\t',
  '0\xa0',
  '5\nhello',
  'g',
]

/** The coding decides: the hidden request is in a body. The length does: it is behind one. */
function withCoding(line: string): string[] {
  const chunk = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`
  const ended = `0\r\n\r\n${HIDDEN}`
  return [
    `${head('POST / HTTP/1.1', `Content-Length: ${ended.length}`, line)}${ended}`,
    `${head('POST / HTTP/1.1', line, `Content-Length: ${ended.length}`)}${ended}`,
    `${head('POST / HTTP/1.1', 'Content-Length: 4', line)}${chunk}`,
    `${head('POST / HTTP/1.1', line)}${chunk}`,
    `${head('POST / HTTP/1.1', line)}${ended}`,
  ]
}

function withLength(line: string): string[] {
  return [
    `${head('POST / HTTP/1.1', line)}hello${HIDDEN}`,
    `${head('POST / HTTP/1.1', 'Content-Length: 0', line)}hello${HIDDEN}`,
    `${head('GET / HTTP/1.1', line)}hello${HIDDEN}`,
  ]
}

function withSize(line: string): string {
  return `${head('POST / HTTP/1.1', 'Transfer-Encoding: chunked')}${line}\r\n\r\n${HIDDEN}0\r\n\r\n`
}

function named(kind: string, messages: readonly string[]): Ambiguous[] {
  return messages.map((bytes, index) => ({ name: `${kind} ${index}`, bytes }))
}

/** The corpus: the cases, and each variant of the headers and the sizes that end a body. */
export const AMBIGUOUS: readonly Ambiguous[] = [
  ...CASES.filter(({ bytes }) => bytes !== '').map(({ name, bytes }) => ({ name, bytes })),
  ...named('coding', [
    ...variantsOf('Transfer-Encoding', 'chunked').flatMap(withCoding),
    ...CODINGS.flatMap((coding) => withCoding(`Transfer-Encoding: ${coding}`)),
  ]),
  ...named('length', [
    ...variantsOf('Content-Length', '5').flatMap(withLength),
    ...LENGTHS.flatMap((length) => withLength(`Content-Length: ${length}`)),
  ]),
  ...named('size', SIZES.map(withSize)),
]
