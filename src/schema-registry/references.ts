/** Resolves the references of a schema. */
import type { SchemaReference, StoredSchema } from './answers.ts'
import { RegistryError } from './registry-error.ts'
import type { ReferencedSchema, Schema } from './schema.ts'

/** The limit for references. No valid schema comes close to it, and a faulty registry must not cause more requests. */
const MAX_REFERENCES = 1000

/**
 * Returns a schema with its references in compilation order.
 * @param find fetches the schema of a reference
 * @param maxBytes the limit for all texts together
 * @throws {RegistryError} for texts above the limit, for circular references, and for too many references
 */
export async function withReferences(
  { type, text, references }: StoredSchema,
  find: (reference: SchemaReference) => Promise<StoredSchema>,
  maxBytes: number,
): Promise<Schema> {
  const resolved = new Map<string, ReferencedSchema>()
  const open = new Set<string>()
  let bytes = 0

  function count(schema: string): void {
    bytes += Buffer.byteLength(schema)
    if (bytes > maxBytes) throw tooLong(maxBytes)
  }

  function begin(name: string): void {
    if (open.has(name)) throw unresolvable(`"${name}" refers to itself by a detour`)
    if (resolved.size + open.size >= MAX_REFERENCES) {
      throw unresolvable(`there are more than ${MAX_REFERENCES}`)
    }
    open.add(name)
  }

  async function resolve(needed: readonly SchemaReference[]): Promise<void> {
    for (const reference of needed) {
      const { name } = reference
      // The first of several references with one name wins, as in the Java clients.
      if (resolved.has(name)) continue
      begin(name)
      const schema = await find(reference)
      count(schema.text)
      await resolve(schema.references)
      open.delete(name)
      resolved.set(name, { name, text: schema.text })
    }
  }

  count(text)
  await resolve(references)
  return { type, text, references: [...resolved.values()] }
}

function tooLong(maxBytes: number): RegistryError {
  return new RegistryError(
    'unreadable',
    `The schema and what it refers to have more than sluice.schema.max.bytes=${maxBytes} bytes.`,
  )
}

function unresolvable(why: string): RegistryError {
  return new RegistryError('unreadable', `The references of a schema cannot be resolved: ${why}.`)
}
