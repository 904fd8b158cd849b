/** The limits of `sluice.limits`. */

import { isIP } from 'node:net'
import { ValueFault } from './define.ts'

/** A limit of a rate. */
export interface Limit {
  readonly subject: 'principal' | 'address' | 'topic'
  /** Whose limit it is; undefined for one that each of the others has. */
  readonly name: string | undefined
  readonly unit: 'requests' | 'bytes'
  readonly perSecond: number
  /** What may come at once after a pause. */
  readonly burst: number
}

const DAY_SECONDS = 86_400

const EXPECTED =
  '"principal|address|topic[:NAME] NUMBER requests|bytes/s [burst NUMBER]", separated by commas'
/** A name in quotes may have any characters; a quote or a backslash in it follows a backslash. */
const LIMIT =
  /[ \t]*(principal|address|topic)(?::(?:"((?:[^"\\]|\\.)+)"|([^\s",]+)))?[ \t]+(\d{1,15})[ \t]+(requests|bytes)\/s(?:[ \t]+burst[ \t]+(\d{1,15}))?[ \t]*(?:,|$)/y

/** Parses the limits; the empty text has none. Throws a `ValueFault`. */
export function parseLimits(text: string): readonly Limit[] {
  const limits: Limit[] = []
  const whole = text.trim()
  for (LIMIT.lastIndex = 0; LIMIT.lastIndex < whole.length; ) {
    const rest = whole.slice(LIMIT.lastIndex)
    const match = LIMIT.exec(whole)
    if (!match) throw new ValueFault(`${EXPECTED}, at "${rest.trim()}"`)
    limits.push(limitOf(match))
  }
  for (const limit of limits) {
    if (limits.some((other) => other !== limit && isSame(other, limit))) {
      throw new ValueFault(`one limit of ${limit.unit} for ${describe(limit)}`)
    }
  }
  return Object.freeze(limits)
}

function limitOf([, subject, quoted, plain, rate, unit, given]: RegExpExecArray): Limit {
  const perSecond = Number(rate)
  const burst = given === undefined ? perSecond : Number(given)
  if (perSecond < 1 || burst < 1) throw new ValueFault('rates and bursts of at least 1')
  if (burst > perSecond * DAY_SECONDS) throw new ValueFault('a burst of at most what a day gives')
  const name = quoted?.replace(/\\(.)/g, '$1') ?? plain
  return {
    subject: subject as Limit['subject'],
    name: subject === 'address' && name !== undefined ? canonicalAddress(name) : name,
    unit: unit as Limit['unit'],
    perSecond,
    burst,
  }
}

function isSame(left: Limit, right: Limit): boolean {
  return left.subject === right.subject && left.name === right.name && left.unit === right.unit
}

function describe({ subject, name }: Limit): string {
  return name === undefined ? `each ${subject}` : `${subject}:${name}`
}

/** An address as requests have it (RFC 5952). */
function canonicalAddress(text: string): string {
  const version = isIP(text)
  if (version === 0) throw new ValueFault(`an IPv4 or IPv6 address instead of "${text}"`)
  return version === 4 ? text : new URL(`http://[${text}]`).hostname.slice(1, -1)
}
