/** The records of a stream that wait for their payloads, between the engine and the codecs. */
import { RestError } from '../../errors.ts'
import type { RecordStream } from '../../kafka/record-stream.ts'
import type { SchemaDescription } from '../../serde/described-schemas.ts'
import { refuseStreamed, type StreamedTexts } from '../../serde/records/streamed-encoder.ts'
import type { Schemas } from '../../serde/schemas.ts'

/** Those of one message of the engine. */
export class WaitingRecords implements StreamedTexts {
  readonly count: number
  readonly #stream: RecordStream

  constructor(stream: RecordStream, count: number) {
    this.#stream = stream
    this.count = count
  }

  readTexts(first: number, texts: Uint8Array, sizes: Int32Array): number {
    return this.#stream.readTexts(first, texts, sizes)
  }

  append(payloads: Uint8Array, sizes: Int32Array): number {
    return this.#stream.append(payloads, sizes)
  }

  refuse(index: number, code: number, message: string): void {
    this.#stream.refuse(index, code, message)
  }

  /** Sends the records. @param members those of receipts, for each description */
  finish(members: string[]): void {
    this.#stream.finishEncoding(members)
  }
}

/** Encodes the records and sends them. Without a schema registry they are refused. Rejects for defects only. */
export async function encodeWaiting(
  schemas: Schemas | undefined,
  topic: string,
  json: string,
  records: WaitingRecords,
): Promise<void> {
  const descriptions = JSON.parse(json) as SchemaDescription[]
  if (schemas) {
    records.finish(await schemas.encodeDescribed(topic, descriptions, records))
    return
  }
  refuseStreamed(records, new RestError('NO_SCHEMA_REGISTRY'))
  records.finish(descriptions.map(() => ''))
}
