/** The records of a stream or a batch that wait for their payloads. */
import { RestError } from '../../errors.ts'
import type { RecordStream } from '../../kafka/record-stream.ts'
import type { SchemaWork } from '../../serde-workers/schema-work.ts'

/**
 * Encodes the records and sends them. Without a schema registry they are refused. Never rejects.
 *
 * @param route the same for the same schemas
 */
export async function encodeWaiting(
  schemas: SchemaWork | undefined,
  topic: string,
  stream: RecordStream,
  route: number,
): Promise<void> {
  if (schemas) {
    await schemas.encodeStreamed(topic, stream, route)
    return
  }
  const { code, message } = new RestError('NO_SCHEMA_REGISTRY')
  stream.refuseEncoding(code, message)
}
