/** Passwords as files of users have them, and their comparison in constant time. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** A password, or its hash. */
export interface StoredPassword {
  /** Whether a password is this one. Expensive hashes are computed by threads of Node.js. Does not reject. */
  matches(password: string): Promise<boolean>
}

/** Makes digests of equal length whose comparison tells nothing. */
const COMPARISON_KEY = randomBytes(32)

/** Whether two texts are equal. The time does not depend on their content. */
export function areEqual(a: string, b: string): boolean {
  return timingSafeEqual(digestOf(a), digestOf(b))
}

function digestOf(text: string): Buffer {
  return createHmac('sha256', COMPARISON_KEY).update(text).digest()
}
