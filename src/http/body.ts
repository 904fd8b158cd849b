/** The uses that a route makes of a request's body, and the forms in which its handler receives it. */
import type { TSchema } from 'typebox'
import { RestError } from '../errors.ts'

/** The limit for the bytes of a body. */
export interface BodyLimit {
  /** A larger body gets 413. */
  readonly maxBytes: number
  /** The name and the value of the limit, for the message. */
  readonly limit: string
}

/** The request is answered from its head. uWebSockets.js skips a body that follows. */
export interface UnreadBody {
  readonly kind: 'unread'
  /** Writes the response. Called once, when the event loop has time for it. */
  readonly answer: () => void
  /** Whether the client is answered without authentication. */
  readonly isForAll?: boolean
}

/** The body is received before the handler runs, or while it runs. */
export type ExpectedBody = BodyLimit &
  (
    | {
        /** Its bytes are counted and dropped. */
        readonly kind: 'ignored'
      }
    | { readonly kind: 'json'; readonly schema: TSchema }
    | { readonly kind: 'bytes' }
    | {
        /** The handler runs before the body arrives, and reads it piece by piece. */
        readonly kind: 'stream'
        /** Whether it may take any time, at any rate above `idle.timeout.ms`. */
        readonly isUnpaced?: boolean
      }
  )

/** The use of a request's body. */
export type BodyUse = UnreadBody | ExpectedBody

/** Collects a body that arrives in pieces. The native engine implements it and counts its bytes. */
export interface BodyCollector {
  /** Copies a piece and returns 0; or copies nothing and returns an error code, 429 or 50303. */
  append(piece: ArrayBuffer): number
  /** A copy of the collected bytes. */
  bytes(): ArrayBuffer
  /** Frees the collected bytes. */
  release(): void
}

/**
 * A complete body. An ArrayBuffer is memory of the socket, which becomes invalid when the call returns
 * that brought it: its reader copies it, or hands it on, before it awaits anything.
 */
export type BodyBytes = ArrayBuffer | BodyCollector

/** A body whose handler reads it piece by piece. Nothing is read from the connection before read(). */
export interface BodyStream {
  /** Starts the transfer. Called once. */
  read(reader: BodyReader): void
  /**
   * Stops reading from the connection. Pieces that were already read are kept, and count as bytes that
   * arrive. uWebSockets.js notices a client that leaves only after resume(), and writes nothing to a
   * paused connection whose socket is full.
   */
  pause(): void
  /** Continues with the pieces that were kept. */
  resume(): void
}

/** Receives the body of a stream. */
export interface BodyReader {
  /** Takes a piece, whose memory is valid during the call. */
  onPiece(piece: ArrayBuffer): void
  /** The body is complete. */
  onEnd(): void
  /** The body is malformed or late, and ends here; undefined: the error answers the request. */
  onRefused?(error: RestError): void
  /**
   * The exchange ended before the body: the client left, the body was refused, or the handler has
   * answered. No other call follows.
   */
  onAborted(): void
}

/** The error of a body above its limit. The declared length and the counted bytes are checked. */
export function bodyTooLarge(bytes: number, { limit }: BodyLimit): RestError {
  return new RestError(
    'PAYLOAD_TOO_LARGE',
    `The body has ${bytes} bytes or more; the limit is ${limit}. Send it in several requests.`,
  )
}
