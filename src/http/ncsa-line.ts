/** Lines in NCSA's extended format, with the fields that Confluent's proxy adds. */
import type { Exchange } from './exchange.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** What would end a field or a line, or control a terminal; and what is not ASCII. */
const UNSAFE_IN_QUOTES = /[^\x20\x21\x23-\x5b\x5d-\x7e]/gu
const UNSAFE_IN_FIELD = /[^\x21\x23-\x5b\x5d-\x7e]/gu

let lastSecond = -1
let lastTime = ''

/**
 * Returns the line of a request, with its end: client, `-`, principal, time of the head, request line, status, bytes of the
 * body, `Referer`, `User-Agent`, milliseconds; with `logsErrors` also the error code and the number of failed records. What
 * is missing is `-`. Characters that would break a field are percent-encoded.
 */
export function ncsaLine(exchange: Exchange<never>, ms: number, logsErrors: boolean): string {
  const { clientAddress, principal = '', method, path, rawQuery, status, bytes } = exchange
  const target = rawQuery === '' ? path : `${path}?${rawQuery}`
  const { referer = '', userAgent = '' } = exchange.agent ?? {}
  const request = quoted(`${method} ${target} HTTP/1.1`)
  const errors = logsErrors ? ` ${errorsOf(exchange)}` : ''
  const head = `${clientAddress || '-'} - ${field(principal)} [${timeOf(Date.now() - ms)}]`
  return `${head} ${request} ${status} ${bytes} ${quoted(referer)} ${quoted(userAgent)} ${Math.round(ms)}${errors}\n`
}

function errorsOf({ errorCode, failedRecords }: Exchange<never>): string {
  return `${errorCode || '-'} ${failedRecords === 0 ? '-' : `Failed=${failedRecords}`}`
}

function quoted(text: string): string {
  return `"${text === '' ? '-' : text.replace(UNSAFE_IN_QUOTES, encoded)}"`
}

function field(text: string): string {
  return text === '' ? '-' : text.replace(UNSAFE_IN_FIELD, encoded)
}

/** Percent-encodes the bytes of a character, also of half a surrogate pair. */
function encoded(character: string): string {
  const bytes = [...Buffer.from(character)]
  return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}

/** `dd/MMM/yyyy:HH:mm:ss +0000`, in UTC. */
function timeOf(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second === lastSecond) return lastTime
  const [date = '', time = ''] = new Date(second * 1000).toISOString().split(/[T.]/)
  const [year, month, day] = date.split('-')
  lastSecond = second
  lastTime = `${day}/${MONTHS[Number(month) - 1]}/${year}:${time} +0000`
  return lastTime
}
