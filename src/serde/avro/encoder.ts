/** What writes the values of a type: from Avro's JSON encoding to its binary encoding. */
import type { JsonText } from './json-text.ts'
import type { PayloadSink } from './payload-sink.ts'

/** Passes one value of a JSON text and writes it. @throws {PayloadError} when it isn't of the type */
export type Encoder = (json: JsonText, sink: PayloadSink) => void
