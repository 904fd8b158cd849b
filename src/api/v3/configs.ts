/** The form of configs of brokers, clusters and topics, and of requests to change them. */

import { type TProperties, Type } from 'typebox'
import { RestError } from '../../errors.ts'
import type { ConfigChange, ConfigEntry, ConfigValue } from '../../kafka/admin.ts'
import { nullable } from '../json-body.ts'
import { byText } from './batches.ts'
import type { Place } from './links.ts'
import { ordinalOf } from './query.ts'
import { resourceOf } from './resources.ts'

/** Names of the sources by Kafka's numbers. Other numbers are UNKNOWN. */
const SOURCES: readonly (string | undefined)[] = [
  'UNKNOWN',
  'DYNAMIC_TOPIC_CONFIG',
  'DYNAMIC_BROKER_CONFIG',
  'DYNAMIC_DEFAULT_BROKER_CONFIG',
  'STATIC_BROKER_CONFIG',
  'DEFAULT_CONFIG',
  'DYNAMIC_BROKER_LOGGER_CONFIG',
  undefined,
  'DYNAMIC_GROUP_CONFIG',
]

function sourceOf({ source }: ConfigValue): string {
  return SOURCES[source] ?? 'UNKNOWN'
}

/** The description of a config. @param owner the members that tell whose config it is */
export function configOf(kind: string, owner: TProperties) {
  return resourceOf(kind, {
    ...owner,
    name: Type.String(),
    value: nullable(Type.String()),
    is_default: Type.Boolean(),
    is_read_only: Type.Boolean(),
    is_sensitive: Type.Boolean(),
    source: Type.String(),
    synonyms: Type.Array(
      Type.Object({
        name: Type.String(),
        value: nullable(Type.String()),
        source: Type.String(),
      }),
    ),
  })
}

/** What the configs of a resource have in common. */
export interface ConfigOwner {
  readonly kind: string
  readonly clusterId: string
  /** The member that tells whose config it is. */
  readonly member: Readonly<Record<string, string | number>>
  /** The place of a config. */
  place(name: string): Place
}

/** A config as a resource. */
export function configResource(owner: ConfigOwner, entry: ConfigEntry) {
  const source = sourceOf(entry)
  return {
    kind: owner.kind,
    metadata: owner.place(entry.name).metadata,
    cluster_id: owner.clusterId,
    ...owner.member,
    name: entry.name,
    value: entry.value,
    is_default: source === 'DEFAULT_CONFIG',
    is_read_only: entry.is_read_only,
    is_sensitive: entry.is_sensitive,
    source,
    synonyms: entry.synonyms.map((synonym) => ({
      name: synonym.name,
      value: synonym.value,
      source: sourceOf(synonym),
    })),
  }
}

/** Configs as resources, by name. */
export function configResources(owner: ConfigOwner, entries: readonly ConfigEntry[]) {
  return [...entries]
    .sort((left, right) => byText(left.name, right.name))
    .map((entry) => configResource(owner, entry))
}

/** Returns a config. Throws 404 for a name that none has. */
export function configNamed(entries: readonly ConfigEntry[], name: string, message?: string) {
  const entry = entries.find((each) => each.name === name)
  if (!entry) throw new RestError('NOT_FOUND', message)
  return entry
}

/** The body of a request for a new value. */
export const NewValue = Type.Object({ value: Type.Optional(Type.String()) })

/** Changes of several configs. */
export const Changes = Type.Array(
  Type.Object({
    name: Type.String(),
    value: Type.Optional(Type.String()),
    operation: Type.Optional(Type.String()),
  }),
  { maxItems: 1000 },
)

/** Returns the change of a request for a new value. Kafka refuses the value null. */
export function changeTo(name: string, value: string | undefined): ConfigChange {
  if (value !== undefined) return { name, value }
  throw new RestError('INVALID_KAFKA_REQUEST', `Null value not supported for : ${name}`)
}

interface RequestedChange {
  readonly name: string
  readonly value?: string
  readonly operation?: string
}

/** In the order of upstream's numbers. */
const CHANGES = ['SET', 'DELETE']

/** Returns the changes of a request. Throws 400 for an unknown operation, and for a config that it names twice. */
export function changesOf(requested: readonly RequestedChange[]): ConfigChange[] {
  const changes = new Map<string, ConfigChange>()
  for (const { name, value, operation = 'SET' } of requested) {
    const number = ordinalOf(CHANGES, operation)
    if (number < 0) {
      throw new RestError(
        'BAD_REQUEST',
        `/data/operation is ${JSON.stringify(operation)}; it is one of ${CHANGES.join(', ')}.`,
      )
    }
    if (changes.has(name)) {
      throw new RestError(
        'INVALID_KAFKA_REQUEST',
        `Error due to duplicate config keys : ${name}. Name each config once.`,
      )
    }
    changes.set(name, CHANGES[number] === 'DELETE' ? { name, value: null } : changeTo(name, value))
  }
  return [...changes.values()]
}
