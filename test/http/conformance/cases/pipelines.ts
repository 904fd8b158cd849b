/** Cases of requests that come before the response to the request before them. */
import type { Case } from '../case.ts'
import { bare, chunked, head, NEXT, post } from './messages.ts'

const SECTION = '9112 9.3.2'

const get = (path: string, ...headers: readonly string[]): string =>
  head(`GET ${path} HTTP/1.1`, ...headers)

const pipeline = (
  name: string,
  requests: readonly string[],
  answers: readonly string[],
  ending: 'open' | 'closed' = 'open',
): Case => ({ name, section: SECTION, bytes: requests.join(''), answers, ending })

/** Cases of pipelines. */
export const PIPELINES: readonly Case[] = [
  pipeline(
    'two requests at once are answered',
    [get('/a'), get('/b')],
    ['200 GET /a', '200 GET /b'],
  ),
  pipeline(
    'answers keep the order of their requests',
    [get('/later'), get('/a'), get('/later'), get('/b')],
    ['200 GET /later', '200 GET /a', '200 GET /later', '200 GET /b'],
  ),
  pipeline(
    'twenty requests at once are answered',
    Array.from({ length: 20 }, (_, index) => get(`/${index}`)),
    Array.from({ length: 20 }, (_, index) => `200 GET /${index}`),
  ),
  pipeline(
    'twenty requests at once are answered in their order, though the last one takes the least time',
    Array.from({ length: 20 }, (_, index) => get(`/later?${20 - index}`)),
    Array.from({ length: 20 }, (_, index) => `200 GET /later?${20 - index}`),
  ),
  pipeline(
    'requests with bodies are answered in their order',
    [post('one'), chunked('3\r\ntwo\r\n0\r\n\r\n'), post('three'), get('/a')],
    ['200 POST / one', '200 POST / two', '200 POST / three', '200 GET /a'],
  ),
  pipeline(
    'a body behind a request that is answered later is read',
    [get('/later'), post('hello'), get('/a')],
    ['200 GET /later', '200 POST / hello', '200 GET /a'],
  ),
  pipeline(
    'a request behind HEAD is answered',
    [head('HEAD / HTTP/1.1'), get('/a')],
    ['200 HEAD /', '200 GET /a'],
  ),
  pipeline(
    'a request behind a HEAD that is answered later is answered',
    [head('HEAD /later HTTP/1.1'), get('/a')],
    ['200 HEAD /later', '200 GET /a'],
  ),
  pipeline(
    'a request behind the HEAD of a stream is answered',
    [head('HEAD /stream HTTP/1.1'), get('/a')],
    ['200 HEAD /stream', '200 GET /a'],
  ),
  pipeline(
    'a request behind a 204 is answered',
    [get('/204'), get('/a')],
    ['204 GET /204', '200 GET /a'],
  ),
  pipeline(
    'a request behind a 304 is answered',
    [get('/304'), get('/a')],
    ['304 GET /304', '200 GET /a'],
  ),
  pipeline(
    'a request behind a stream is answered',
    [get('/stream'), get('/a')],
    ['200 GET /stream', '200 GET /a'],
  ),
  pipeline(
    'empty lines between requests are skipped',
    [get('/a'), '\r\n\r\n', get('/b')],
    ['200 GET /a', '200 GET /b'],
  ),
  pipeline(
    'close ends the connection behind its answer',
    [get('/a'), get('/b', 'Connection: close')],
    ['200 GET /a', '200 GET /b'],
    'closed',
  ),
  pipeline(
    'nothing behind close is read',
    [get('/a', 'Connection: close'), NEXT],
    ['200 GET /a'],
    'closed',
  ),
  pipeline(
    'nothing behind a close that is answered later is read',
    [get('/later', 'Connection: close'), NEXT],
    ['200 GET /later'],
    'closed',
  ),
  pipeline(
    'nothing behind a body with close is read',
    [post('hello', 'Connection: close'), NEXT],
    ['200 POST / hello'],
    'closed',
  ),
  pipeline(
    'nothing behind HTTP/1.0 is read',
    [bare('GET / HTTP/1.0'), NEXT],
    ['200 GET / 1.0'],
    'closed',
  ),
  pipeline(
    'a refusal comes behind the answers before it',
    [get('/a'), get('/later'), head('GET / HTTP/1.1', ': b')],
    ['200 GET /a', '200 GET /later', '400'],
    'closed',
  ),
  pipeline(
    'nothing behind a refusal is read',
    [get('/a'), head('GET / HTTP/1.1', ': b'), NEXT],
    ['200 GET /a', '400'],
    'closed',
  ),
  pipeline(
    'a body that is refused comes behind the answers before it',
    [get('/later'), chunked('g\r\n'), NEXT],
    ['200 GET /later', '400'],
    'closed',
  ),
  pipeline(
    'a line end that is no empty line is refused behind the answers before it',
    [get('/later'), '\n'],
    ['200 GET /later', '400'],
    'closed',
  ),
  pipeline(
    'empty lines without end are refused behind the answers before them',
    [get('/later'), '\r\n'.repeat(20)],
    ['200 GET /later', '400'],
    'closed',
  ),
  pipeline(
    'a refusal of a version comes behind the answers before it',
    [get('/later'), head('GET / HTTP/2.0'), NEXT],
    ['200 GET /later', '505'],
    'closed',
  ),
  pipeline(
    'nothing behind an answer before its body is read',
    [`${head('POST /refuse HTTP/1.1', 'Content-Length: 5')}hello`, NEXT],
    ['413 POST /refuse'],
    'closed',
  ),
  {
    name: 'a half of a second request is waited for',
    section: SECTION,
    bytes: `${get('/a')}GET /b HTTP/1.1\r\nHost`,
    answers: ['200 GET /a'],
    ending: 'waiting',
  },
]
