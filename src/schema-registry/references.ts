/** From a schema with references to a schema with all that it refers to. */
import type { SchemaReference, StoredSchema } from './answers.ts'
import { RegistryError } from './registry-error.ts'
import type { ReferencedSchema, Schema } from './schema.ts'

/** No schema has so many, and a registry that claims so must not keep us busy. */
const MAX_REFERENCES = 1000

/**
 * The schema with its references in the order in which they can be compiled.
 * @param find gets the schema of a reference
 * @param maxBytes of all their texts
 * @throws {RegistryError} when they are longer than that, refer to each other in a circle, or are too many
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
      // Of several with one name the first is taken, as the Java clients do.
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
