/**
 * How much JSON a payload may become. That has the names of the fields, which the payload has not;
 * but a few bytes that mean a million million nulls, or as many empty messages, aren't written out.
 */

/** What any payload may. */
export const LEAST_TEXT_LIMIT = 4 * 1024 * 1024
const PER_BYTE = 64

/** In characters. @param payloadSize in bytes */
export function textLimit(payloadSize: number): number {
  return LEAST_TEXT_LIMIT + PER_BYTE * payloadSize
}
