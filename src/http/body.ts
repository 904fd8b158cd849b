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

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/** The text of a body that is there as a whole. Throws 400 for what is not UTF-8. */
export function textOf(body: BodyBytes): string {
  try {
    return UTF8.decode(body instanceof ArrayBuffer ? body : body.bytes())
  } catch {
    throw new RestError('BAD_REQUEST', 'The body is not UTF-8.')
  }
}
