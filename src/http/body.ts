/** Request bodies: what is to become of one, and how it becomes text. */
import { RestError } from '../errors.ts'

/** Takes a body that arrives in pieces. The native engine has one, which counts its bytes. */
export interface BodyCollector {
  /** Copies a piece and returns 0; or the error code of why it did not: 429, or 50303. */
  append(chunk: ArrayBuffer): number
  /** A copy of what came. */
  bytes(): ArrayBuffer
  /** Gives back what was collected; nobody will take it. */
  release(): void
}

/**
 * A body. An ArrayBuffer is the socket's own memory and gone when the callback returns: it is to be
 * copied or handed on before the first await.
 */
export type BodyBytes = ArrayBuffer | BodyCollector

/** What is to become of a body. */
export interface BodyWish {
  /** A larger one gets 413. */
  readonly maxBytes: number
  /** What `maxBytes` is called. */
  readonly limit: string
  /** Makes the collector for one that arrives in pieces; 0 announced bytes are an unknown number. */
  readonly collect: (announcedBytes: number) => BodyCollector
}

/** Names the limit, for both places that enforce it: by the head, and by the count. */
export function bodyTooLarge(bytes: number, { limit }: BodyWish): RestError {
  return new RestError(
    'PAYLOAD_TOO_LARGE',
    `The body has ${bytes} bytes or more; the limit is ${limit}. Send it in several requests.`,
  )
}

/** Forgets the body of a request that needs none. */
export const FORGETFUL: BodyCollector = {
  append: () => 0,
  bytes: () => new ArrayBuffer(0),
  release: () => {},
}

/**
 * The text of a JSON body that is there as a whole, without its byte order mark. Throws 400 for what
 * is well-formed in none of the encodings that contract v2, 4 names: UTF-8, UTF-16 and UTF-32.
 */
export function textOf(body: BodyBytes): string {
  const bytes = new Uint8Array(body instanceof ArrayBuffer ? body : body.bytes())
  const decoder = decoderOf(bytes)
  try {
    return decoder.decode(bytes)
  } catch {
    const fault = 'The body begins as UTF-16 or UTF-32, but it is malformed.'
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
 * How a text begins that is no UTF-8: with a byte order mark (FE FF), or with a character of ASCII,
 * which JSON does, between zero bytes. The engine has the same table for bodies with records.
 */
const BEGINNINGS: readonly (readonly [pattern: RegExp, decoder: Decoder])[] = [
  [/^(?:0000feff|000000..)/, UTF32_BE],
  [/^(?:fffe0000|..000000)/, UTF32_LE],
  [/^(?:feff|00)/, UTF16_BE],
  [/^(?:fffe|..00)/, UTF16_LE],
]

function decoderOf(bytes: Uint8Array): Decoder {
  // Most bodies begin with "{" and no zero byte.
  if (bytes[0] !== 0 && bytes[1] !== 0 && (bytes[0] ?? 0) < 0xfe) return UTF8
  const beginning = Buffer.from(bytes.subarray(0, 4)).toString('hex')
  return BEGINNINGS.find(([pattern]) => pattern.test(beginning))?.[1] ?? UTF8
}

/** `TextDecoder` has no UTF-32. Throws a RangeError for what is no code point. */
function decodeUtf32(bytes: Uint8Array, isLittleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let text = ''
  // A rest of less than four bytes makes getUint32() throw.
  for (let at = 0; at < bytes.length; at += 4) {
    text += String.fromCodePoint(view.getUint32(at, isLittleEndian))
  }
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}
