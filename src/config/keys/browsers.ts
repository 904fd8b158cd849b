/** Keys that browsers notice: cross-origin requests, and header fields of all responses. */

import { bool, ignored, int, list, string, ValueFault } from '../define.ts'
import { parseHeaderRules, TOKEN } from '../response-headers.ts'

function parseToken(text: string): string {
  if (!TOKEN.test(text)) throw new ValueFault('names without spaces, separated by commas')
  return text
}

function parseOrigin(text: string): string {
  if (!/^[\x21-\x7e]+$/.test(text)) throw new ValueFault('origins without spaces')
  return text
}

/** Keys that browsers notice. */
export const browserKeys = {
  'access.control.allow.origin': list({
    default: [],
    valid:
      'origins as browsers send them, `https://app.example.com`; `*` in an origin stands for any text',
    parseItem: parseOrigin,
    importance: 'high',
    doc:
      'Origins whose pages may read responses (CORS). Every response to them names the origin, errors and streams included, ' +
      'and allows credentials; preflight requests are answered before any authentication. Other origins get responses ' +
      'without these headers, which browsers hide from the page. Empty: CORS is off.',
  }),
  'access.control.allow.methods': list({
    default: [],
    shownDefault: 'GET,POST,HEAD',
    valid: 'methods',
    parseItem: parseToken,
    importance: 'medium',
    doc: 'Methods that pages of allowed origins may use. DELETE has to be named.',
  }),
  'access.control.allow.headers': list({
    default: [],
    shownDefault: 'X-Requested-With,Content-Type,Accept,Origin',
    valid: 'names of headers, or `*` for any',
    parseItem: parseToken,
    importance: 'medium',
    doc: 'Request headers that pages of allowed origins may send. Authorization has to be named.',
  }),
  'access.control.expose.headers': list({
    default: [],
    valid: 'names of headers',
    parseItem: parseToken,
    importance: 'low',
    doc: 'Response headers that pages of allowed origins may read, such as `X-Failed-Records` and `X-Request-Id`.',
  }),
  'access.control.skip.options': bool({
    default: true,
    importance: 'medium',
    doc:
      'Whether OPTIONS needs no authentication while CORS is on. Browsers send preflight requests without credentials: ' +
      'with `false` they fail wherever authentication is required.',
  }),
  'reject.options.request': bool({
    default: false,
    importance: 'low',
    doc: 'Whether every OPTIONS request gets 403, preflight requests included.',
  }),
  'response.http.headers.config': {
    ...string({
      default: '',
      importance: 'medium',
      doc:
        'Headers of every response: `set|add|setDate|addDate Name: value`, separated by commas; quotes around a whole item ' +
        'that contains commas. The value of a date is its distance from now in milliseconds. A header that a response has ' +
        'itself takes precedence over `set`.',
    }),
    parse(text: string) {
      parseHeaderRules(text)
      return text.trim()
    },
  },
  'nosniff.prevention.enable': bool({
    default: false,
    importance: 'low',
    doc: 'Whether every response has `X-Content-Type-Options: nosniff`.',
  }),
  'hsts.header.enable': bool({
    default: false,
    importance: 'low',
    doc:
      'Whether responses over https have `Strict-Transport-Security: max-age=63072000; includeSubDomains`. A request is over ' +
      'https if its listener is, or if a proxy of `sluice.trusted.proxies` says so.',
  }),
  'csrf.prevention.enable': bool({
    default: false,
    importance: 'low',
    doc:
      'Whether POST and DELETE need a token in `X-Requested-With`, and in `X-Requested-By` the name of the session that the token ' +
      'was issued for; otherwise they get 400. No page of another origin can send these headers without CORS. Do not allow them ' +
      'in `access.control.allow.headers` to origins that you do not trust.',
  }),
  'csrf.prevention.token.endpoint': {
    ...string({
      default: '/csrf',
      importance: 'low',
      doc:
        'Path whose response to a GET with `X-Requested-By` has a token in `X-CONFLUENT-CSRF-TOKEN`. It has the same ' +
        'authentication as the API.',
    }),
    valid: 'a path of letters, digits and `-._~/`, which is none of the API',
    parse(text: string) {
      const path = text.trim()
      if (!/^(?:\/[\w.~-]+)+$/.test(path)) throw new ValueFault('a path such as /csrf')
      return path
    },
  },
  'csrf.prevention.token.expiration.minutes': int({
    default: 30,
    min: 1,
    max: 525_600,
    importance: 'low',
    doc: 'Time for which a token is valid, in minutes.',
  }),
  'csrf.prevention.token.max.entries': ignored('tokens are signed, and take no memory'),
} as const
