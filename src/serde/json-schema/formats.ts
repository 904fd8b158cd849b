/**
 * The checks of `format`, by RFC, with the characters outside of ASCII that Confluent's validator accepts.
 * test/golden/formats compares both validators; docs/deviations.md lists the differences.
 */
import type { Ajv } from 'ajv'
import { parseExpression } from '../java-regex/parser.ts'

type Test = (text: string) => boolean

/** The formats of draft 4. Others (`int64`, `byte` …) are annotations. */
const DRAFT_04: Readonly<Record<string, Test>> = {
  'date-time': isDateTime,
  email: isEmail,
  hostname: isHostname,
  ipv4: isIpv4,
  ipv6: isIpv6,
  uri: isUri,
}
const DRAFT_06 = {
  ...DRAFT_04,
  'json-pointer': isJsonPointer,
  'uri-reference': isUriReference,
  'uri-template': isUriTemplate,
}
const DRAFT_07 = {
  ...DRAFT_06,
  date: isDate,
  'relative-json-pointer': isRelativeJsonPointer,
  time: isTime,
  regex: isExpression,
}

/** Formats are annotations from draft 2019-09 on, unless a validator is told to check them. */
const BY_DRAFT: Readonly<Record<string, Readonly<Record<string, Test>>>> = {
  'http://json-schema.org/draft-04/schema': DRAFT_04,
  'http://json-schema.org/draft-06/schema': DRAFT_06,
  'http://json-schema.org/draft-07/schema': DRAFT_07,
}

/** Makes a validator check the formats of a draft. */
export function addFormats(ajv: Ajv, draft: string): void {
  for (const [name, test] of Object.entries(BY_DRAFT[draft] ?? {})) ajv.addFormat(name, test)
}

/** RFC 6901. */
function isJsonPointer(text: string): boolean {
  return /^(?:\/(?:[^~/]|~[01])*)*$/.test(text)
}

function isRelativeJsonPointer(text: string): boolean {
  const [isMatch, rest = ''] = /^(?:0|[1-9]\d*)(.*)$/s.exec(text) ?? []
  return isMatch !== undefined && (rest === '#' || isJsonPointer(rest))
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/i
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** RFC 3339. */
function isDateTime(text: string): boolean {
  return isDate(text.slice(0, 10)) && /^t$/i.test(text.charAt(10)) && isTime(text.slice(11))
}

function isDate(text: string): boolean {
  const [year, month, day] = (DATE.exec(text) ?? []).slice(1).map(Number)
  if (year === undefined || month === undefined || day === undefined) return false
  if (day < 1 || day > (DAYS[month - 1] ?? 0)) return false
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0))
}

/** RFC 3339 with an offset. Leap seconds are valid at 23:59:60 UTC only. */
function isTime(text: string): boolean {
  const [, hour, minute, second, sign, offsetHour = '0', offsetMinute = '0'] = TIME.exec(text) ?? []
  if (hour === undefined) return false
  const isInRange =
    Number(hour) < 24 && Number(minute) < 60 && Number(offsetHour) < 24 && Number(offsetMinute) < 60
  if (!isInRange || Number(second) < 60) return isInRange
  const offset = 60 * Number(offsetHour) + Number(offsetMinute)
  const local = 60 * Number(hour) + Number(minute)
  const utc = local + (sign === '-' ? offset : -offset)
  return second === '60' && (utc + MINUTES_A_DAY) % MINUTES_A_DAY === MINUTES_A_DAY - 1
}

const MINUTES_A_DAY = 24 * 60

const ATOM = "[\\w!#$%&'*+/=?^`{|}~\\-\\x80-\\u{10FFFF}]+"
const LOCAL_PART = new RegExp(
  `^(?:${ATOM}(?:\\.${ATOM})*|"(?:[^"\\\\\\0-\\x1f\\x7f]|\\\\[\\x20-\\x7e])*")$`,
  'u',
)
const MAX_LOCAL_PART = 64

/** RFC 5321, with letters of all scripts. */
function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, Math.max(at, 0))
  if (local.length > MAX_LOCAL_PART || !LOCAL_PART.test(local)) return false
  const domain = text.slice(at + 1)
  if (!domain.startsWith('[')) return isHostname(domain)
  const literal = domain.endsWith(']') ? domain.slice(1, -1) : ''
  return /^IPv6:/i.test(literal) ? isIpv6(literal.slice(5)) : isIpv4(literal)
}

const LABEL = /^(?!-)[a-zA-Z\d\-\x80-\u{10FFFF}]{1,63}(?<!-)$/u
const MAX_HOSTNAME = 253

/**
 * RFC 1123, with letters of all scripts. The last of several labels begins with a letter, so that it differs from an
 * address.
 */
function isHostname(text: string): boolean {
  if (text.length > MAX_HOSTNAME || /[\s\p{Cc}]/u.test(text)) return false
  const labels = text.split(/[.\u3002\uff0e\uff61]/)
  return (
    labels.every((label) => LABEL.test(label)) &&
    (labels.length === 1 || !/^\d/.test(labels.at(-1) ?? ''))
  )
}

/** RFC 2673. Leading zeros are refused, because some readers take them for octal. */
function isIpv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$/.test(text) && !/(?:^|\.)0\d|\.$/.test(text)
}

/** RFC 4291, without zones. */
function isIpv6(text: string): boolean {
  if (text.length > 45) return false
  const end = text.lastIndexOf(':') + 1
  const hasIpv4 = text.includes('.')
  if (hasIpv4 && !isIpv4(text.slice(end))) return false
  const [before = '', after, ...more] = (hasIpv4 ? `${text.slice(0, end)}0:0` : text).split('::')
  if (more.length > 0) return false
  const groups = [before, after ?? ''].flatMap((part) => (part === '' ? [] : part.split(':')))
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return false
  return after === undefined ? groups.length === 8 : groups.length <= 7
}

function isExpression(text: string): boolean {
  try {
    parseExpression(text)
    return true
  } catch {
    return false
  }
}

const PARTS = /^(?:([a-z][a-z\d+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/is
/** Any character outside ASCII but spaces and controls. */
const OTHER = '(?![\\p{Z}\\p{Cc}])[\\x80-\\u{10FFFF}]'
const ESCAPE = '%[\\da-fA-F]{2}'
const PLAIN = "[\\w\\-.~!$&'()*+,;=:@]"

const AUTHORITY = new RegExp(`^(?:${PLAIN}|${ESCAPE}|${OTHER})*$`, 'u')
const IP_AUTHORITY = /^(?:[^@[\]]*@)?\[([\da-f:.]+)\](?::\d*)?$/i
const PATH = new RegExp(`^(?:${PLAIN}|/|${ESCAPE}|${OTHER})*$`, 'u')
/** Characters of queries and fragments. Brackets are common in queries, and java.net.URI accepts them. */
const REST = new RegExp(`^(?:${PLAIN}|[/?[\\]]|${ESCAPE}|${OTHER})*$`, 'u')

/** Whether a text is a URI with a scheme. */
export function isUri(text: string): boolean {
  return /^[a-z][a-z\d+.-]*:/i.test(text) && isUriReference(text)
}

/** Whether a text is a URI or a relative reference. */
export function isUriReference(text: string): boolean {
  const [isMatch, scheme, authority, path = '', query = '', fragment = ''] = PARTS.exec(text) ?? []
  if (isMatch === undefined) return false
  if (scheme !== undefined && authority === undefined && path + query === '') return false
  if (authority === '' && path + query + fragment === '') return false
  // A colon in the first segment would begin a scheme.
  if (scheme === undefined && authority === undefined && /^[^/]*:/.test(path)) return false
  return (
    isAuthority(authority ?? '') &&
    PATH.test(path) &&
    REST.test(query.slice(1)) &&
    REST.test(fragment.slice(1))
  )
}

const VARIABLE = `(?:\\w|${ESCAPE})(?:\\.?(?:\\w|${ESCAPE}))*(?::[1-9]\\d{0,3}|\\*)?`
const TEMPLATE = new RegExp(
  `^(?:[^\\0-\\x20\\x7f"'<>%\\\\^\`{|}]|${ESCAPE}|\\{[+#./;?&=,!@|]?${VARIABLE}(?:,${VARIABLE})*\\})*$`,
  'u',
)

/** RFC 6570. */
export function isUriTemplate(text: string): boolean {
  return TEMPLATE.test(text)
}

/** Whether a text is an authority: a registry-based name is one too. */
function isAuthority(text: string): boolean {
  if (!text.includes('[')) return AUTHORITY.test(text)
  const [, address = ''] = IP_AUTHORITY.exec(text) ?? []
  return URL.canParse(`http://[${address}]`)
}
