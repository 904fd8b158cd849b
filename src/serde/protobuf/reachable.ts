/** Queries about the messages that a message may contain at any depth. */
import type { DescExtension, DescMessage, Registry } from '@bufbuild/protobuf'

const ANY = 'google.protobuf.Any'

/**
 * Returns a cached predicate: whether a message, or a message within it, satisfies `isWanted`. Messages with open
 * content, `Any` and extendable messages, always satisfy it.
 *
 * @param isWanted tests a message by its own fields
 */
export function canReach(isWanted: (message: DescMessage) => boolean) {
  const answers = new WeakMap<DescMessage, boolean>()
  return (message: DescMessage): boolean => {
    const known = answers.get(message)
    if (known !== undefined) return known
    const answer = [...reachableFrom(message)].some((one) => isOpen(one) || isWanted(one))
    answers.set(message, answer)
    return answer
  }
}

/** Whether a message may contain an `Any`. */
export const canReachAny = canReach(() => false)

/** Returns the deepest nesting of a message, itself included; infinite for recursive and open messages. */
export function heightOf(message: DescMessage): number {
  return heightWith(message, new Map())
}

function heightWith(message: DescMessage, heights: Map<DescMessage, number>): number {
  const known = heights.get(message)
  if (known !== undefined) return known
  // Infinite while being computed: meeting it again means recursion.
  heights.set(message, Number.POSITIVE_INFINITY)
  let below = isOpen(message) ? Number.POSITIVE_INFINITY : 0
  for (const { message: one, fieldKind } of message.fields) {
    const entry = fieldKind === 'map' ? 1 : 0
    below = Math.max(below, entry + (one === undefined ? 0 : heightWith(one, heights)))
  }
  const height = 1 + below
  heights.set(message, height)
  return height
}

function isOpen({ typeName, proto }: DescMessage): boolean {
  return typeName === ANY || proto.extensionRange.length > 0
}

/**
 * Returns a message and all messages that its fields contain, without those in `Any` and extensions. The loop visits
 * members that it adds to the set.
 */
export function reachableFrom(root: DescMessage): ReadonlySet<DescMessage> {
  const found = new Set([root])
  for (const { fields } of found) {
    for (const { message } of fields) if (message !== undefined) found.add(message)
  }
  return found
}

/** Returns all types that a message may contain, and the extensions. */
export function typesIn(message: DescMessage, registry: Registry): (DescMessage | DescExtension)[] {
  const messages = [...reachableFrom(message)]
  if (!canReachAny(message)) return messages
  const others = [...registry].filter(({ kind }) => kind === 'message' || kind === 'extension')
  return [...messages, ...(others as (DescMessage | DescExtension)[])]
}
