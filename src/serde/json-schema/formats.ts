/**
 * What `format` demands: what the RFCs say, with the characters outside of ASCII that the original takes. A table in
 * test/golden/formats compares both; docs/deviations.md says where they differ.
 */
import type { Ajv } from 'ajv'
import formatsPlugin, { type FormatName } from 'ajv-formats'
import { parseExpression } from '../java-regex/parser.ts'
import { isUri, isUriReference, isUriTemplate } from './uri-formats.ts'

type Test = (text: string) => boolean

// A CommonJS package with `default` set by hand, which TypeScript and Node.js see differently.
const addFromPlugin = formatsPlugin as unknown as typeof formatsPlugin.default

/** Those of draft 4. Others (`int64`, `byte` …) are annotations. */
const DRAFT_04: Readonly<Record<string, Test>> = {
  'date-time': isDateTime,
  email: isEmail,
  hostname: isHostname,
  ipv4: isIpv4,
  ipv6: isIpv6,
  uri: isUri,
}
const DRAFT_06 = { ...DRAFT_04, 'uri-reference': isUriReference, 'uri-template': isUriTemplate }
const DRAFT_07 = {
  ...DRAFT_06,
  date: isDate,
  time: isTime,
  regex: isExpression,
}

/** From 2019-09 on all are annotations, since a validator must be told to judge them. */
const BY_DRAFT: Readonly<
  Record<string, { readonly own: Readonly<Record<string, Test>>; readonly plugged: FormatName[] }>
> = {
  'http://json-schema.org/draft-04/schema': { own: DRAFT_04, plugged: [] },
  'http://json-schema.org/draft-06/schema': {
    own: DRAFT_06,
    plugged: ['json-pointer'],
  },
  'http://json-schema.org/draft-07/schema': {
    own: DRAFT_07,
    plugged: ['json-pointer', 'relative-json-pointer'],
  },
}

/** Has a validator judge the formats of a draft. */
export function addFormats(ajv: Ajv, draft: string): void {
  const formats = BY_DRAFT[draft]
  if (formats === undefined) return
  if (formats.plugged.length > 0) addFromPlugin(ajv, formats.plugged)
  for (const [name, test] of Object.entries(formats.own)) ajv.addFormat(name, test)
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

/** With an offset, and with leap seconds, which are at the same time everywhere. */
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

/** RFC 1123, with letters of all scripts. The last of several labels begins with a letter, unlike an address. */
function isHostname(text: string): boolean {
  if (text.length > MAX_HOSTNAME || /[\s\p{Cc}]/u.test(text)) return false
  const labels = text.split(/[.\u3002\uff0e\uff61]/)
  return (
    labels.every((label) => LABEL.test(label)) &&
    (labels.length === 1 || !/^\d/.test(labels.at(-1) ?? ''))
  )
}

/** RFC 2673: no leading zeros, which some take for octal. */
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
