/** Bounds on the lengths of texts: excerpts in messages, and the JSON of a payload. */

/** What any payload may. */
export const MIN_JSON_LIMIT = 4 * 1024 * 1024
const PER_BYTE = 64

/** In characters. @param payloadSize in bytes */
export function maxJsonLength(payloadSize: number): number {
  return MIN_JSON_LIMIT + PER_BYTE * payloadSize
}

const MAX_LENGTH = 500

/** The text, or its beginning. */
export function excerpt(text: string, length = MAX_LENGTH): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}
