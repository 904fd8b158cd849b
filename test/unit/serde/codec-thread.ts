/** The main file of a thread that encodes or decodes one value, with the heap of a thread for schemas. */
import { parentPort, workerData } from 'node:worker_threads'
import type { SchemaType } from '../../../src/schema-registry/schema.ts'
import { PayloadError } from '../../../src/serde/codec.ts'
import { COMPILERS } from '../../../src/serde/formats.ts'

/** What the thread does. */
export interface CodecWork {
  readonly type: SchemaType
  readonly schema: string
  /** The JSON of a value, or a payload. */
  readonly input: string | Uint8Array
}

/** The largest payload that a broker takes by default. */
const MAX_BYTES = 1_000_000

const { type, schema, input } = workerData as CodecWork

const compile = await COMPILERS[type]()
const codec = compile({ type, text: schema, references: [] })
try {
  const output =
    typeof input === 'string' ? codec.encode(input, MAX_BYTES) : codec.decode(Buffer.from(input))
  parentPort?.postMessage(`done ${output.length}`)
} catch (error) {
  if (!(error instanceof PayloadError)) throw error
  parentPort?.postMessage(`refused: ${error.message}`)
}
