/** A short name for the content of a schema. */
import { createHash } from 'node:crypto'
import type { Schema } from '../schema-registry/schema.ts'

/** 64 bits of a digest, as two signed numbers. Nobody can find another schema with the same mark. */
export interface SchemaMark {
  readonly high: number
  readonly low: number
}

/** The same for schemas with the same type, text and references. */
export function markOf(schema: Schema): SchemaMark {
  const digest = digestOf(schema)
  return { high: digest.readInt32BE(0), low: digest.readInt32BE(4) }
}

/** The same for schemas with the same type, text and references, and for no others. */
export function contentNameOf(schema: Schema): string {
  return digestOf(schema).toString('base64url')
}

function digestOf({ type, text, references }: Schema): Buffer {
  const hash = createHash('sha256').update(JSON.stringify([type, text.length, references.length]))
  hash.update(text)
  for (const { name, text } of references) hash.update(JSON.stringify([name, text]))
  return hash.digest()
}
