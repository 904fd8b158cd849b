/** Request bodies: as bytes that nobody here looks at, or as text. */
import { RestError } from '../errors.ts'

/** Takes a body that arrives in pieces. The native engine has one; TextBody is another. */
export interface BodyCollector {
  /** Copies a piece. False when there is no room for it now. */
  append(chunk: ArrayBuffer): boolean
  /** Gives back what was collected; nobody will take it. */
  release(): void
}

/**
 * A body. An ArrayBuffer is the socket's own memory and gone when the callback returns: it is to be
 * copied or handed on before the first await.
 */
export type BodyBytes = ArrayBuffer | BodyCollector

/** Collects a body as UTF-8 text. */
export class TextBody implements BodyCollector {
  readonly #pieces: Buffer[] = []

  append(chunk: ArrayBuffer): boolean {
    this.#pieces.push(Buffer.from(new Uint8Array(chunk)))
    return true
  }

  release(): void {
    this.#pieces.length = 0
  }

  toString(): string {
    return decode(Buffer.concat(this.#pieces))
  }
}

/** The text of a body that is there as a whole. Throws 400 for what is not UTF-8. */
export function textOf(body: BodyBytes): string {
  return body instanceof ArrayBuffer ? decode(body) : body.toString()
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: ArrayBuffer | Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    throw new RestError('BAD_REQUEST', 'The body is not UTF-8.')
  }
}
