/** Frames as the engine writes them: FrameHead in native-bindings/src/json/record_writer.h. */

/** A record in Kafka. */
export interface FramedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: Buffer | undefined
  readonly value: Buffer | undefined
}

/** One frame. */
export function frameOf({ topic, partition, offset, key, value }: FramedRecord): Buffer {
  const begin = Buffer.from(`{"topic":${JSON.stringify(topic)},"key":`)
  const head = Buffer.alloc(24)
  head.writeInt32LE(begin.length, 0)
  head.writeInt32LE(key?.length ?? -1, 4)
  head.writeInt32LE(value?.length ?? -1, 8)
  head.writeInt32LE(partition, 12)
  head.writeDoubleLE(offset, 16)
  const rest = Buffer.from(`,"partition":${partition},"offset":${offset}}\n`)
  const none = Buffer.alloc(0)
  return Buffer.concat([head, begin, key ?? none, value ?? none, rest])
}

/** The array of a whole read. */
export function arrayOf(records: readonly FramedRecord[]): Buffer {
  const parts = records.flatMap((record, index) => [
    Buffer.from(index === 0 ? '[' : ','),
    frameOf(record),
  ])
  return Buffer.concat([...parts, Buffer.from(records.length === 0 ? '[]' : ']')])
}
