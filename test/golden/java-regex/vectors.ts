/** What java.util.regex says of the cases, as it was generated. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The file with the vectors. */
export const VECTORS = join(import.meta.dirname, 'vectors.json')

/** By pattern: for each text 1 where it is found and else 0, in hexadecimal digits; or null for what is no pattern. */
export type Vectors = Readonly<Record<string, string | null>>

/** The committed vectors. */
export function readVectors(): Vectors {
  return JSON.parse(readFileSync(VECTORS, 'utf8')) as Vectors
}

/** Of four bits a digit, the last filled up with zeros. */
export function digitsOf(bits: string): string {
  const digits = bits.match(/.{1,4}/g) ?? []
  return digits.map((four) => Number.parseInt(four.padEnd(4, '0'), 2).toString(16)).join('')
}
