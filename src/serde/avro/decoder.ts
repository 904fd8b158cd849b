/** What reads the values of a type: from Avro's binary encoding to its JSON encoding. */
import type { PayloadSource } from './payload-source.ts'
import type { TextSink } from './text-sink.ts'

/** Passes one value of a payload and writes it. @throws {PayloadError} when it isn't of the type */
export type Decoder = (source: PayloadSource, sink: TextSink) => void
