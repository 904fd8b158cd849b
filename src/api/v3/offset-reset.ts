/** Resets of the offsets of a consumer group, as kafka-consumer-groups makes them: an addition of Sluice's own. */

import { Type } from 'typebox'
import { RestError } from '../../errors.ts'
import { ok } from '../../http/route.ts'
import { EARLIEST, LATEST, type PartitionNumber } from '../../kafka/admin.ts'
import { errorOfRow, isFailed } from '../../kafka/rows.ts'
import { MAX_INT } from '../java-integers.ts'
import { nullable } from '../json-body.ts'
import type { Services } from '../services.ts'
import { COULD_NOT_BE_FOUND, clusterOf } from './cluster.ts'
import { byPartition, GROUP, groupPlace } from './consumer-groups.ts'
import { badRequest, required } from './dialect.ts'
import { NO_OFFSETS, offsetsByKey } from './group-offsets.ts'
import { committedOf, existingOf, keyOf } from './lags.ts'
import { OF_PARTITION } from './partitions.ts'
import { SLUICE_TAG, v3 } from './resources.ts'

const STRATEGIES = ['EARLIEST', 'LATEST', 'OFFSET', 'TIMESTAMP', 'SHIFT'] as const
type Strategy = (typeof STRATEGIES)[number]

/** Kafka's answer for a timestamp behind that of the last record. */
const NO_RECORD = -1

/** The most partitions of a request that names them. */
const MAX_PARTITIONS = 10_000

const ResetRequest = Type.Object({
  strategy: Type.String({ description: STRATEGIES.join(', ') }),
  value: Type.Optional(
    Type.Integer({
      description:
        'OFFSET: the new offset. TIMESTAMP: milliseconds since 1970; the offset is that of the first record from then on. ' +
        'SHIFT: the number of records to go forward, or back if it is negative.',
    }),
  ),
  topics: Type.Optional(
    Type.Array(
      Type.Object({
        topic_name: Type.String(),
        partition_ids: Type.Optional(
          Type.Array(Type.Integer({ minimum: 0, maximum: MAX_INT }), {
            description: 'Absent: all partitions.',
          }),
        ),
      }),
      { maxItems: 1000, description: 'Absent: all partitions with a committed offset.' },
    ),
  ),
  validate_only: Type.Optional(Type.Boolean({ description: 'Whether nothing is changed.' })),
})

interface RequestedTopic {
  readonly topic_name: string
  readonly partition_ids?: readonly number[]
}

interface Target {
  readonly strategy: Strategy
  readonly value: number
}

/** A partition whose offset is reset. */
interface Reset {
  readonly topic: string
  readonly partition: number
  /** Null if the group has committed none. */
  readonly current: number | null
  readonly target: number
}

export const resetGroupOffsets = v3({
  operationId: 'resetKafkaConsumerGroupOffsets',
  name: 'sluice.v3.consumer-group-offsets.reset',
  tag: SLUICE_TAG,
  method: 'POST',
  path: `${GROUP}/offsets:reset`,
  summary: 'Commit other offsets for a consumer group without members.',
  body: ResetRequest,
  topicsOf: (body: { topics?: readonly RequestedTopic[] } | undefined) =>
    body?.topics?.map(({ topic_name }) => topic_name) ?? 'any',
  responses: {
    200: {
      description:
        'The offsets by topic and partition, as they are now, or would be (`validate_only`). They are within their partitions.',
      schema: Type.Object({
        kind: Type.Literal('KafkaConsumerGroupOffsetResetList'),
        metadata: Type.Object({ self: Type.String(), next: Type.Null() }),
        data: Type.Array(
          Type.Object({
            ...OF_PARTITION,
            previous_offset: nullable(Type.Integer()),
            current_offset: Type.Integer(),
          }),
        ),
      }),
    },
  },
  errors: ['INVALID_PAYLOAD', 'UNKNOWN_TOPIC_OR_PARTITION', 'PARTITION_NOT_FOUND'],
  async handler({ params: { cluster_id, consumer_group_id: group }, body }, services) {
    const { strategy, value, topics, validate_only } = required(body)
    const target = targetOf(strategy, value)
    const cluster = await clusterOf(services, cluster_id, COULD_NOT_BE_FOUND)
    await refuseMembers(services, group)
    const resets = await resetsOf(services, group, target, topics)
    if (validate_only !== true) await commit(services, group, resets)
    return ok({
      kind: 'KafkaConsumerGroupOffsetResetList',
      metadata: { self: groupPlace(cluster, group).urlOf('offsets'), next: null },
      data: resets.map((reset) => ({
        topic_name: reset.topic,
        partition_id: reset.partition,
        previous_offset: reset.current,
        current_offset: reset.target,
      })),
    })
  },
})

/** Throws 400 for an unknown strategy, and for a value that it needs, or has no use for. */
function targetOf(text: string, value: number | undefined): Target {
  const strategy = STRATEGIES.find((each) => each === text)
  if (!strategy) throw badRequest(`strategy is ${text}; it is one of ${STRATEGIES.join(', ')}`)
  const needsValue = strategy !== 'EARLIEST' && strategy !== 'LATEST'
  if (needsValue !== (value !== undefined)) {
    throw badRequest(`the strategy ${strategy} ${needsValue ? 'needs a' : 'has no'} value`)
  }
  if (strategy !== 'SHIFT' && value !== undefined && value < 0) {
    throw badRequest(`value is ${value}; with the strategy ${strategy} it must be at least 0`)
  }
  return { strategy, value: value ?? 0 }
}

/** A member would commit its own offsets over the new ones. Kafka accepts offsets for a group that does not exist. */
async function refuseMembers({ admin }: Pick<Services, 'admin'>, group: string): Promise<void> {
  for (const description of await admin.describeGroups([group])) {
    if (isFailed(description)) throw errorOfRow(description)
    if (description.members.length === 0) continue
    throw new RestError(
      'INVALID_KAFKA_REQUEST',
      `Consumer Group ${group} has members: ${description.members.length}. Stop them before a reset.`,
    )
  }
}

async function resetsOf(
  services: Pick<Services, 'admin'>,
  group: string,
  { strategy, value }: Target,
  topics: readonly RequestedTopic[] | undefined,
): Promise<Reset[]> {
  const committed = await committedOf(services, group)
  const current = new Map(
    committed.map(({ topic, partition, offset }) => [keyOf(topic, partition), offset]),
  )
  const partitions = topics
    ? await requestedPartitions(services, topics)
    : await existingOf(services, committed)
  if (partitions.length === 0) throw new RestError('NOT_FOUND', NO_OFFSETS)
  const earliest = await offsetsByKey(services, partitions, EARLIEST)
  const latest = await offsetsByKey(services, partitions, LATEST)
  const found =
    strategy === 'TIMESTAMP' ? await offsetsByKey(services, partitions, value) : undefined
  return partitions.sort(byPartition).map(({ topic, partition }) => {
    const key = keyOf(topic, partition)
    const range = { earliest: earliest.get(key) as number, latest: latest.get(key) as number }
    const before = current.get(key) ?? null
    const wanted = { EARLIEST: range.earliest, LATEST: range.latest, OFFSET: value }
    let target: number
    if (strategy === 'SHIFT') target = shifted(before, value, topic, partition)
    else if (strategy === 'TIMESTAMP') target = recordOrEnd(found?.get(key), range.latest)
    else target = wanted[strategy]
    return { topic, partition, current: before, target: within(target, range) }
  })
}

function shifted(current: number | null, by: number, topic: string, partition: number): number {
  if (current !== null) return current + by
  throw badRequest(
    `the strategy SHIFT needs a committed offset, and partition ${partition} of topic ${topic} has none`,
  )
}

function recordOrEnd(offset: number | undefined, end: number): number {
  return offset === undefined || offset === NO_RECORD ? end : offset
}

function within(offset: number, range: { earliest: number; latest: number }): number {
  return Math.min(Math.max(offset, range.earliest), range.latest)
}

/** Returns the partitions that a request names, each once. Throws 404 for one that does not exist. */
async function requestedPartitions(
  { admin }: Pick<Services, 'admin'>,
  topics: readonly RequestedTopic[],
): Promise<PartitionNumber[]> {
  const requested = new Map<string, PartitionNumber>()
  for (const { topic_name: topic, partition_ids } of topics) {
    const { partitions_count } = await admin.describeTopic(topic)
    for (const partition of partition_ids ?? Array(partitions_count).keys()) {
      if (partition >= partitions_count) throw new RestError('PARTITION_NOT_FOUND')
      requested.set(keyOf(topic, partition), { topic, partition, offset: 0 })
      if (requested.size > MAX_PARTITIONS) {
        throw badRequest(`a reset concerns at most ${MAX_PARTITIONS} partitions; send several`)
      }
    }
  }
  return [...requested.values()]
}

async function commit(
  { admin }: Pick<Services, 'admin'>,
  group: string,
  resets: readonly Reset[],
): Promise<void> {
  const offsets = resets.map(({ topic, partition, target }) => ({
    topic,
    partition,
    offset: target,
  }))
  for (const row of await admin.alterGroupOffsets(group, offsets)) {
    if (isFailed(row)) throw errorOfRow(row)
  }
}
