/** Cases of Expect, of HTTP/1.0, and of how connections end. */
import type { Case, Ending } from '../case.ts'
import { bare, head, NEXT, post } from './messages.ts'

const expectation = (
  name: string,
  value: string,
  answers: readonly string[],
  ending: Ending,
): Case => ({
  name,
  section: '9110 10.1.1',
  bytes: `${head('POST / HTTP/1.1', 'Content-Length: 5', `Expect: ${value}`)}hello`,
  answers,
  ending,
})

/** A first request with these headers, and a second one. */
const connection = (name: string, lines: readonly string[], ending: 'open' | 'closed'): Case => ({
  name,
  section: '9112 9.3',
  bytes: head('GET / HTTP/1.1', ...lines) + (ending === 'open' ? NEXT : ''),
  answers: ['200 GET /', ...(ending === 'open' ? ['200 GET /next'] : [])],
  ending,
})

const old = (name: string, bytes: string, answer: string, ending: Ending = 'closed'): Case => ({
  name,
  section: '9112 9.3',
  bytes,
  answers: [answer],
  ending,
})

const finished = (name: string, bytes: string, ...answers: readonly string[]): Case => ({
  name,
  section: '9112 9.6',
  bytes,
  fin: true,
  answers,
  ending: 'closed',
})

/** Cases of connections. */
export const CONNECTIONS: readonly Case[] = [
  expectation(
    'a client that asks is told to continue',
    '100-continue',
    ['100', '200 POST / hello'],
    'open',
  ),
  expectation('an expectation has any case', '100-Continue', ['100', '200 POST / hello'], 'open'),
  expectation('an unknown expectation is refused', 'a-pony', ['417'], 'closed'),
  expectation(
    'an unknown expectation beside a known one is refused',
    '100-continue, a-pony',
    ['417'],
    'closed',
  ),
  expectation('a longer expectation is refused', '100-continued', ['417'], 'closed'),
  {
    name: 'a body is not asked for when the request is refused',
    section: '9110 10.1.1',
    bytes: head('POST /refuse HTTP/1.1', 'Content-Length: 5', 'Expect: 100-continue'),
    answers: ['413 POST /refuse'],
    ending: 'closed',
  },
  {
    name: 'a client that waits gets its invitation',
    section: '9110 10.1.1',
    bytes: head('POST / HTTP/1.1', 'Content-Length: 5', 'Expect: 100-continue'),
    answers: ['100'],
    ending: 'waiting',
  },
  {
    name: 'a request without a body has nothing to continue',
    section: '9110 10.1.1',
    bytes: head('GET / HTTP/1.1', 'Expect: 100-continue'),
    answers: ['200 GET /'],
    ending: 'open',
  },
  {
    name: 'an expectation of HTTP/1.0 is ignored',
    section: '9110 10.1.1',
    bytes: `${bare('POST / HTTP/1.0', 'Content-Length: 5', 'Expect: 100-continue')}hello`,
    answers: ['200 POST / 1.0 hello'],
    ending: 'closed',
  },
  old('HTTP/1.0 is answered, and the connection ends', bare('GET / HTTP/1.0'), '200 GET / 1.0'),
  old('a Host in HTTP/1.0 is read', bare('GET / HTTP/1.0', 'Host: y'), '200 GET / 1.0 host=y'),
  old(
    'a body in HTTP/1.0 is read',
    `${bare('POST / HTTP/1.0', 'Content-Length: 5')}hello`,
    '200 POST / 1.0 hello',
  ),
  old('a POST in HTTP/1.0 without a length has no body', bare('POST / HTTP/1.0'), '200 POST / 1.0'),
  old('HEAD in HTTP/1.0 is answered', bare('HEAD / HTTP/1.0'), '200 HEAD / 1.0'),
  old(
    'a stream in HTTP/1.0 ends with the connection',
    bare('GET /stream HTTP/1.0'),
    '200 GET /stream 1.0',
  ),
  old(
    'HTTP/1.0 with keep-alive stays open',
    bare('GET / HTTP/1.0', 'Connection: keep-alive'),
    '200 GET / 1.0 keep-alive',
    'open',
  ),
  old(
    'keep-alive has any case',
    bare('GET / HTTP/1.0', 'Connection: Keep-Alive'),
    '200 GET / 1.0 keep-alive',
    'open',
  ),
  old(
    'a stream in HTTP/1.0 ends with the connection in spite of keep-alive',
    bare('GET /stream HTTP/1.0', 'Connection: keep-alive'),
    '200 GET /stream 1.0',
  ),
  old(
    'close counts more than keep-alive',
    bare('GET / HTTP/1.0', 'Connection: keep-alive, close'),
    '200 GET / 1.0',
  ),
  connection('HTTP/1.1 stays open', [], 'open'),
  connection('keep-alive in HTTP/1.1 changes nothing', ['Connection: keep-alive'], 'open'),
  connection('close ends the connection', ['Connection: close'], 'closed'),
  connection('close has any case', ['Connection: Close'], 'closed'),
  connection('close may be an item of a list', ['Connection: x-a, close'], 'closed'),
  connection('close may be the first item of a list', ['Connection: close , x-a'], 'closed'),
  connection('close may be in a second header', ['Connection: x-a', 'Connection: close'], 'closed'),
  connection('a longer word is not close', ['Connection: closed'], 'open'),
  connection('another word of five letters is not close', ['Connection: clone'], 'open'),
  connection('Proxy-Connection is ignored', ['Proxy-Connection: close'], 'open'),
  connection(
    'an upgrade to WebSocket is ignored',
    [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ],
    'open',
  ),
  connection(
    'an upgrade to HTTP/2 is ignored',
    [
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
    ],
    'open',
  ),
  {
    name: 'the body of a request that asks for an upgrade is read',
    section: '9110 7.8',
    bytes: post('hello', 'Connection: Upgrade', 'Upgrade: websocket') + NEXT,
    answers: ['200 POST / hello', '200 GET /next'],
    ending: 'open',
  },
  {
    name: 'an answer of 204 has no body',
    section: '9110 15.3.5',
    bytes: head('GET /204 HTTP/1.1'),
    answers: ['204 GET /204'],
    ending: 'open',
  },
  {
    name: 'an answer of 304 has no body',
    section: '9110 15.4.5',
    bytes: head('GET /304 HTTP/1.1'),
    answers: ['304 GET /304'],
    ending: 'open',
  },
  {
    name: 'a stream in HTTP/1.1 is chunked',
    section: '9112 6.1',
    bytes: head('GET /stream HTTP/1.1'),
    answers: ['200 GET /stream'],
    ending: 'open',
  },
  {
    name: 'an answer before the body ends the connection',
    section: '9112 9.3',
    bytes: `${head('POST /refuse HTTP/1.1', 'Content-Length: 5')}hello`,
    answers: ['413 POST /refuse'],
    ending: 'closed',
  },
  finished('a client that has sent all is answered', head('GET / HTTP/1.1'), '200 GET /'),
  finished(
    'a client that has sent all is answered later',
    head('GET /later HTTP/1.1'),
    '200 GET /later',
  ),
  finished('a client that has sent its body is answered', post('hello'), '200 POST / hello'),
  finished(
    'a client that has sent all gets a stream',
    head('GET /stream HTTP/1.1'),
    '200 GET /stream',
  ),
  finished(
    'all pipelined requests are answered after a FIN',
    head('GET /later HTTP/1.1') + NEXT,
    '200 GET /later',
    '200 GET /next',
  ),
  finished('a head that ends early is no request', 'GET / HTTP/1.1\r\nHost: x\r\n'),
  finished(
    'a request before a head that ends early is answered',
    `${head('GET / HTTP/1.1')}GET /next`,
    '200 GET /',
  ),
  finished('nothing is no request', ''),
]
