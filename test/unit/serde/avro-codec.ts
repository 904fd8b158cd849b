/** Codecs for the tests of the Avro codec. */
import { compileAvro } from '../../../src/serde/avro/codec.ts'
import type { Codec } from '../../../src/serde/codec.ts'

/** @param schema as it is before it becomes a text */
export function codecOf(schema: unknown, ...references: unknown[]): Codec {
  return compileAvro({
    type: 'AVRO',
    text: JSON.stringify(schema),
    references: references.map((reference, index) => ({
      name: `reference ${index}`,
      text: JSON.stringify(reference),
    })),
  })
}

/** A record of one field `x`. */
export function recordOf(type: unknown, name = 'R'): unknown {
  return { type: 'record', name, fields: [{ name: 'x', type }] }
}
