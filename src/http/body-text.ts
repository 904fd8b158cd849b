/** The text of a JSON body, in the Unicode encodings that JSON may have. */
import { RestError } from '../errors.ts'
import type { BodyBytes } from './body.ts'

/** Decodes UTF-8, UTF-16 or UTF-32, and leaves out a byte order mark. Throws 400 for malformed bytes. */
export function textOf(body: BodyBytes): string {
  const bytes = new Uint8Array(body instanceof ArrayBuffer ? body : body.bytes())
  const decoder = decoderOf(bytes)
  try {
    return decoder.decode(bytes)
  } catch {
    const fault = 'The body starts like UTF-16 or UTF-32 and is malformed.'
    throw new RestError('BAD_REQUEST', decoder === UTF8 ? 'The body is not UTF-8.' : fault)
  }
}

interface Decoder {
  decode(bytes: Uint8Array): string
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })
const UTF16_BE = new TextDecoder('utf-16be', { fatal: true })
const UTF16_LE = new TextDecoder('utf-16le', { fatal: true })
const UTF32_BE = { decode: (bytes: Uint8Array) => decodeUtf32(bytes, false) }
const UTF32_LE = { decode: (bytes: Uint8Array) => decodeUtf32(bytes, true) }

/**
 * The beginnings of texts in other encodings than UTF-8: a byte order mark (FE FF), or the ASCII character
 * that begins JSON between zero bytes. The engine has the same table for bodies with records.
 */
const BEGINNINGS: readonly (readonly [pattern: RegExp, decoder: Decoder])[] = [
  [/^(?:0000feff|000000..)/, UTF32_BE],
  [/^(?:fffe0000|..000000)/, UTF32_LE],
  [/^(?:feff|00)/, UTF16_BE],
  [/^(?:fffe|..00)/, UTF16_LE],
]

function decoderOf(bytes: Uint8Array): Decoder {
  // Most bodies begin with "{" and without a zero byte.
  if (bytes[0] !== 0 && bytes[1] !== 0 && (bytes[0] ?? 0) < 0xfe) return UTF8
  const beginning = Buffer.from(bytes.subarray(0, 4)).toString('hex')
  return BEGINNINGS.find(([pattern]) => pattern.test(beginning))?.[1] ?? UTF8
}

/** The arguments of one call of String.fromCodePoint(). */
const POINTS_AT_ONCE = 4096

/**
 * Decodes UTF-32, which `TextDecoder` lacks, in large pieces: joining a text of single characters takes many times as long.
 * Throws a RangeError for a value above the code points.
 */
function decodeUtf32(bytes: Uint8Array, isLittleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const points: number[] = []
    // getUint32() throws for a rest of less than four bytes.
    for (; at < bytes.length && points.length < POINTS_AT_ONCE; at += 4) {
      points.push(view.getUint32(at, isLittleEndian))
    }
    pieces.push(String.fromCodePoint(...points))
  }
  const text = pieces.join('')
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}
