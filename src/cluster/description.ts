/** The description of a consumer instance in the topic of descriptions. It has no positions and no secrets. */
import type { TopicPartition } from '../kafka/consumer.ts'
import type { NewInstance } from '../kafka/consumer-instances.ts'

/** What an instance reads. */
export type Interest =
  | { readonly topics: readonly string[] }
  | { readonly pattern: string }
  | { readonly assignment: readonly TopicPartition[] }

/** An instance as its requests have described it. */
export interface Description {
  readonly group: string
  readonly name: string
  readonly settings: Omit<NewInstance, 'name'>
  /** Absent without a subscription and without an assignment. */
  readonly interest?: Interest | undefined
  /** Whose instance it is: the name of the authenticated client that created it, and with a token a digest of its subject. */
  readonly principal?: string | undefined
  /** The `call` of the request that created it (see signature.ts), if another process has sent that request. */
  readonly creation?: string | undefined
}

/** The version of the form below. A process ignores descriptions of later versions. */
const VERSION = 1

/** Encodes a description as a JSON text. */
export function encode(description: Description): string {
  return JSON.stringify({ version: VERSION, ...description })
}

/** Decodes a text; undefined for a text that is no description of this version. */
export function decode(key: string, text: string): Description | undefined {
  try {
    const { version, ...description } = JSON.parse(text) as Description & { version: number }
    const [group, name] = JSON.parse(key) as unknown[]
    const isConsistent = group === description.group && name === description.name
    return version === VERSION && isConsistent ? description : undefined
  } catch {
    return undefined
  }
}
