/** The requests that librdkafka does not have, and what their responses say. They run in the thread of calls to brokers. */
import type { ConfigChange, ConfigEntry } from '../configs.ts'
import { kafkaError } from '../errors.ts'
import { brokerAccess } from '../settings/broker-access.ts'
import { oidcGrantOf } from '../settings/oidc-grant.ts'
import type { Reassignment, ReplicaOnDisk } from './broker-calls.ts'
import type {
  Answers,
  CallSettings,
  Lines,
  LogDirLines,
  Question,
  ReassignmentLines,
  TopicPartitions,
} from './calls.ts'
import { type Send, withBroker } from './connection.ts'
import { library } from './library.ts'
import { oidcToken } from './oidc-token.ts'

const BROKER_RESOURCE = 4
/** Stands for all brokers. */
const ALL_BROKERS = ''
/** Kafka's numbers of KIP-339. */
const SET = 0
const DELETE = 1
const CLUSTER_AUTHORIZATION_FAILED = 31

/** Makes a call. Rejects with a RestError, at the latest after `timeoutMs`. */
export function answerOf(
  question: Question,
  settings: CallSettings,
): Promise<Answers[Question['kind']]> {
  switch (question.kind) {
    case 'describeDefaultConfigs':
      return describeDefaultConfigs(settings)
    case 'alterDefaultConfigs':
      return alterDefaultConfigs(settings, question.changes)
    case 'describeLogDirs':
      return describeLogDirs(settings, question.topics)
    case 'listReassignments':
      return listReassignments(settings, question.topics)
  }
}

/** The settings are translated for each call: one that this client does not know concerns these calls only. */
async function ask<Response>(
  { properties, token, brokers, timeoutMs }: CallSettings,
  use: (send: Send) => Promise<Response>,
): Promise<Response> {
  const end = performance.now() + timeoutMs
  const grant = token === undefined ? oidcGrantOf(properties) : undefined
  const access = brokerAccess(properties, grant ? await oidcToken(grant, timeoutMs) : token)
  return await withBroker(access, brokers, end - performance.now(), use)
}

async function describeDefaultConfigs(settings: CallSettings): Promise<ConfigEntry[]> {
  const { describeConfigsV2, describeConfigsV3, describeConfigsV4 } = await library()
  const { results } = await ask(settings, (send) =>
    send(
      {
        name: 'DescribeConfigs',
        versions: [
          describeConfigsV2.api as never,
          describeConfigsV3.api as never,
          describeConfigsV4.api,
        ],
      },
      // All configs. The library's type does not have null, which stands for them.
      [
        { resourceType: BROKER_RESOURCE, resourceName: ALL_BROKERS, configurationKeys: null },
      ] as never,
      true,
      false,
    ),
  )
  return results.flatMap(({ errorCode, errorMessage, configs }) => {
    refuse(errorCode, errorMessage)
    return configs.map(({ name, value, configSource, readOnly, isSensitive, synonyms }) => ({
      name,
      value: value ?? null,
      source: configSource,
      is_read_only: readOnly,
      is_sensitive: isSensitive,
      synonyms: synonyms.map((synonym) => ({ ...synonym, value: synonym.value ?? null })),
    }))
  })
}

async function alterDefaultConfigs(
  settings: CallSettings,
  changes: readonly ConfigChange[],
): Promise<undefined> {
  const { incrementalAlterConfigsV1 } = await library()
  const configs = changes.map(({ name, value }) => ({
    name,
    configOperation: value === null ? DELETE : SET,
    value,
  }))
  const resources = [{ resourceType: BROKER_RESOURCE, resourceName: ALL_BROKERS, configs }]
  const { responses } = await ask(settings, (send) =>
    send(
      { name: 'IncrementalAlterConfigs', versions: [incrementalAlterConfigsV1.api] },
      resources as never,
      false,
    ),
  )
  for (const { errorCode, errorMessage } of responses) refuse(errorCode, errorMessage)
}

async function describeLogDirs(
  settings: CallSettings,
  topics: readonly TopicPartitions[] | undefined,
): Promise<LogDirLines[]> {
  const { describeLogDirsV2, describeLogDirsV3, describeLogDirsV4 } = await library()
  const { errorCode, results } = await ask(settings, (send) =>
    send(
      {
        name: 'DescribeLogDirs',
        versions: [describeLogDirsV2.api, describeLogDirsV3.api, describeLogDirsV4.api],
      },
      (topics ?? null) as never,
    ),
  )
  refuse(errorCode, null)
  return results.map((result) => {
    const replicas: ReplicaOnDisk[] = result.topics.flatMap(({ name, partitions }) =>
      partitions.map((partition) => ({
        topic: name,
        partition: partition.partitionIndex,
        size: Number(partition.partitionSize),
        offsetLag: Number(partition.offsetLag),
        isFuture: partition.isFutureKey,
      })),
    )
    return {
      path: result.logDir,
      error: result.errorCode,
      totalBytes: sizeOf(result.totalBytes),
      usableBytes: sizeOf(result.usableBytes),
      replicasCount: replicas.length,
      replicasBytes: replicas.reduce((sum, { size }) => sum + size, 0),
      replicas: linesOf(replicas.sort(byPartition)),
    }
  })
}

async function listReassignments(
  settings: CallSettings,
  topics: readonly TopicPartitions[] | undefined,
): Promise<ReassignmentLines> {
  const { listPartitionReassignmentsV0 } = await library()
  const asked = topics?.map(({ name, partitions }) => ({ name, partitionIndexes: partitions }))
  const response = await ask(settings, (send) =>
    send(
      { name: 'ListPartitionReassignments', versions: [listPartitionReassignmentsV0.api] },
      settings.timeoutMs,
      (asked ?? null) as never,
    ),
  )
  refuse(response.errorCode, response.errorMessage)
  const found: Reassignment[] = response.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, addingReplicas, removingReplicas }) => ({
      topic: name,
      partition: partitionIndex,
      addingReplicas,
      removingReplicas,
    })),
  )
  return {
    topics: [...new Set(found.map(({ topic }) => topic))],
    partitions: linesOf(found.sort(byPartition)),
  }
}

/** Compares by topic, in the order of Java's texts, and then by number. */
function byPartition(
  left: Pick<Reassignment, 'topic' | 'partition'>,
  right: Pick<Reassignment, 'topic' | 'partition'>,
): number {
  if (left.topic !== right.topic) return left.topic < right.topic ? -1 : 1
  return left.partition - right.partition
}

function linesOf(rows: readonly object[]): Lines {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  const lines = new Uint8Array(new SharedArrayBuffer(Buffer.byteLength(text)))
  Buffer.from(lines.buffer).write(text)
  return lines
}

/** Throws the error of a code, unless it is that of success. The brokers' text about a missing right shows their objects. */
function refuse(code: number, text: string | null | undefined): void {
  if (code !== 0) throw kafkaError(code, code === CLUSTER_AUTHORIZATION_FAILED ? '' : (text ?? ''))
}

/** Kafka's -1, and the library's 0 for older versions, stand for an unknown size. */
function sizeOf(bytes: bigint): number | null {
  return bytes > 0n ? Number(bytes) : null
}
