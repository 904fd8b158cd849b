/** Bounds on the lengths of texts: excerpts in messages, and the JSON of a payload. */
import { MAX_VALUE_HEAP } from './heap.ts'

/**
 * The smallest limit for the JSON of a payload. JSON repeats field names, which payloads omit; the limit stops small
 * payloads that expand to gigabytes of nulls or empty messages.
 */
export const MIN_JSON_LIMIT = 4 * 1024 * 1024
const PER_BYTE = 64
/** Of a text with any character beyond U+00FF, on the heap of its thread. */
const BYTES_PER_CHARACTER = 2

/** Returns the limit for the JSON of a payload, in characters. @param payloadSize in bytes */
export function maxJsonLength(payloadSize: number): number {
  return Math.min(MIN_JSON_LIMIT + PER_BYTE * payloadSize, MAX_VALUE_HEAP / BYTES_PER_CHARACTER)
}

const MAX_LENGTH = 500

/** Returns a text, cut to a length that logs and responses can carry. */
export function excerpt(text: string, length = MAX_LENGTH): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}
