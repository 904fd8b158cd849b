/** Answers about several partitions, of which Kafka may have refused some. */
import { Type } from 'typebox'
import type { Reply } from '../../http/route.ts'
import type { FailedPartition, PartitionNumber } from '../../kafka/admin.ts'
import { errorOfRow, isFailed } from '../../kafka/rows.ts'
import { byPartition } from './consumer-groups.ts'
import { OF_PARTITION } from './partitions.ts'

/** The description of the body. A partition has the members of its success, or those of its error. */
export function partitionResults(properties: Parameters<typeof Type.Object>[0]) {
  return Type.Object({
    data: Type.Array(
      Type.Object({
        ...OF_PARTITION,
        ...Object.fromEntries(
          Object.entries(properties).map(([name, schema]) => [name, Type.Optional(schema)]),
        ),
        error_code: Type.Optional(Type.Integer()),
        message: Type.Optional(Type.String()),
      }),
    ),
  })
}

/** Answers 200, or 207 if Kafka has refused a partition. @param result the members of a success */
export function replyOfPartitions(
  rows: Iterable<PartitionNumber | FailedPartition>,
  result: (row: PartitionNumber) => object,
): Reply {
  const sorted = [...rows].sort(byPartition)
  const data = sorted.map((row) => {
    const partition = { topic_name: row.topic, partition_id: row.partition }
    if (!isFailed(row)) return { ...partition, ...result(row) }
    const { code, message } = errorOfRow(row)
    return { ...partition, error_code: code, message }
  })
  return { status: sorted.some(isFailed) ? 207 : 200, body: JSON.stringify({ data }) }
}
