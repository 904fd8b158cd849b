/** Cases of request targets and of the Host header. */
import type { Case } from '../case.ts'
import { bare, head } from './messages.ts'

const served = (name: string, target: string, read: string, section = '9112 3.2.1'): Case => ({
  name,
  section,
  bytes: head(`GET ${target} HTTP/1.1`),
  answers: [`200 GET ${read}`],
  ending: 'open',
})

const refused = (name: string, target: string, section = '9112 3.2'): Case => ({
  name,
  section,
  bytes: head(`GET ${target} HTTP/1.1`),
  answers: ['400'],
  ending: 'closed',
})

const hosts = (name: string, lines: readonly string[], answers = ['400']): Case => ({
  name,
  section: '9112 3.2',
  bytes: bare('GET / HTTP/1.1', ...lines),
  answers,
  ending: answers[0] === '400' ? 'closed' : 'open',
})

/** Cases of targets. */
export const TARGETS: readonly Case[] = [
  served('a path is read', '/a/b.c', '/a/b.c'),
  served('a query is read', '/a?b=c&d', '/a?b=c&d'),
  served('an empty query is read', '/a?', '/a'),
  served('a question mark in a query is read', '/a?b?c', '/a?b?c'),
  served('escapes are not decoded', '/a%2Fb%20c', '/a%2Fb%20c'),
  served('all characters of a path are read', "/-._~!$&'()*+,;=:@", "/-._~!$&'()*+,;=:@"),
  served('two slashes are a path', '//a', '//a'),
  served('an absolute target is read', 'http://x/a?b', '/a?b', '9112 3.2.2'),
  served('the scheme of an absolute target has any case', 'HTTP://x/a', '/a', '9112 3.2.2'),
  served('an absolute target with a port is read', 'http://x:80/a', '/a host=x:80', '9112 3.2.2'),
  served('an absolute target without a path is the root', 'http://x', '/', '9112 3.2.2'),
  served('an absolute target may have a query alone', 'http://x?a', '/?a', '9112 3.2.2'),
  {
    name: 'the host of an absolute target counts, not that of the Host header',
    section: '9112 3.2.2',
    bytes: bare('GET http://other/a HTTP/1.1', 'Host: x'),
    answers: ['200 GET /a host=other'],
    ending: 'open',
  },
  {
    name: 'OPTIONS asks for the whole server with an asterisk',
    section: '9112 3.2.4',
    bytes: head('OPTIONS * HTTP/1.1'),
    answers: ['200 OPTIONS *'],
    ending: 'open',
  },
  {
    name: 'OPTIONS with an absolute target without a path asks for the whole server',
    section: '9112 3.2.4',
    bytes: head('OPTIONS http://x HTTP/1.1'),
    answers: ['200 OPTIONS *'],
    ending: 'open',
  },
  refused('an asterisk is no target of GET', '*', '9112 3.2.4'),
  {
    name: 'CONNECT opens no tunnel',
    section: '9110 9.3.6',
    bytes: bare('CONNECT x:443 HTTP/1.1', 'Host: x:443'),
    answers: ['405 CONNECT x:443 host=x:443'],
    ending: 'closed',
  },
  refused('an authority is no target of GET', 'x:80', '9112 3.2.3'),
  refused('a path without a slash is refused', 'a', '9112 3.2.1'),
  refused('a fragment is refused', '/a#b', '9112 3.2'),
  refused('a NUL in a target is refused', '/a\0b'),
  refused('a control character in a target is refused', '/a\x01b'),
  refused('a DEL in a target is refused', '/a\x7fb'),
  refused('a byte above 127 in a target is refused', '/a\xe9b'),
  refused('a space in a target is refused', '/a b'),
  refused('an absolute target without a host is refused', 'http:///a', '9110 4.2.1'),
  refused('an absolute target with a user is refused', 'http://a@x/', '9110 4.2.4'),
  refused('an absolute target of another scheme is refused', 'ftp://x/', '9110 7.4'),
  hosts('a request without a Host is refused', ['X-A: 1']),
  hosts('a request without any field is refused', []),
  hosts('two Host fields are refused', ['Host: x', 'Host: y']),
  hosts('two Host fields that are the same are refused', ['Host: x', 'Host: x']),
  hosts('a Host with a space is refused', ['Host: a b']),
  hosts('a Host with a path is refused', ['Host: x/a']),
  hosts('a Host with a user is refused', ['Host: a@x']),
  hosts('a list of hosts is refused', ['Host: x, y']),
  hosts('a Host with a port that is no number is refused', ['Host: x:a']),
  hosts('a Host with a bracket that does not end is refused', ['Host: [::1']),
  hosts('a Host with a byte above 127 is refused', ['Host: \xe9']),
  hosts('an empty Host is a Host', ['Host:'], ['200 GET / host=']),
  hosts('a Host with a port is read', ['Host: x:8082'], ['200 GET / host=x:8082']),
  hosts(
    'a Host may be an address in brackets',
    ['Host: [::1]:8082'],
    ['200 GET / host=[::1]:8082'],
  ),
  hosts('the name of Host has any case', ['hOsT: x'], ['200 GET /']),
]
