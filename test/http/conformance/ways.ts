/** The ways in which TCP may bring the bytes of a case. */
import type { Case } from './case.ts'
import { NEXT } from './cases/messages.ts'

/** Longer ones are cut at some places only. */
const SHORT_BYTES = 600
const PLACES = 16

/** How many of the cuts a test tries. */
export type Cuts = 'all' | 'some'

/** All cuts, or some; and what follows a closed connection's bytes in the same segment is not read. */
export function waysOf(each: Case, cuts: Cuts = 'all'): Buffer[][] {
  const bytes = bytesOf(each)
  const ways = cuts === 'all' && bytes.length <= SHORT_BYTES ? cutsOf(bytes) : someCutsOf(bytes)
  if (each.ending === 'closed' && !each.fin) ways.push([Buffer.concat([bytes, Buffer.from(NEXT)])])
  return ways
}

function someCutsOf(bytes: Buffer): Buffer[][] {
  const evenly = Array.from({ length: PLACES - 1 }, (_, index) =>
    Math.floor(((index + 1) * bytes.length) / PLACES),
  )
  const places = [...new Set(evenly)].filter((at) => at > 0)
  const inTwo = places.map((at) => [bytes.subarray(0, at), bytes.subarray(at)])
  const atOnce = [0, ...places].map((at, index) =>
    bytes.subarray(at, places[index] ?? bytes.length),
  )
  return [[bytes], ...inTwo, atOnce]
}

/** The bytes of a case. */
export function bytesOf({ bytes }: Pick<Case, 'bytes'>): Buffer {
  return Buffer.from(bytes, 'latin1')
}

/** Cuts the bytes in two at each place, and into single bytes. The first is uncut. */
function cutsOf(bytes: Buffer): Buffer[][] {
  const cuts: Buffer[][] = [[bytes]]
  for (let at = 1; at < bytes.length; at++) cuts.push([bytes.subarray(0, at), bytes.subarray(at)])
  if (bytes.length > 2) cuts.push([...bytes].map((byte) => Buffer.of(byte)))
  return cuts
}
