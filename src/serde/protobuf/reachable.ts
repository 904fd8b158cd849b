/** What a message can have in it, however deep. */
import type { DescMessage } from '@bufbuild/protobuf'

const ANY = 'google.protobuf.Any'

/**
 * Makes a question: whether a message, or one that it can have in it, is wanted. What can have anything in it counts
 * as wanted: an `Any`, and what others may extend. Answers are kept.
 *
 * @param isWanted of a message by its own fields
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

/** Whether there can be an `Any` in a message. */
export const canReachAny = canReach(() => false)

/** How deep a message can be nested, itself included; infinite of one that can contain itself, or anything. */
export function heightOf(message: DescMessage): number {
  return heightWith(message, new Map())
}

function heightWith(message: DescMessage, heights: Map<DescMessage, number>): number {
  const known = heights.get(message)
  if (known !== undefined) return known
  // Until it is known otherwise: who meets it now is in it.
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

/** Itself, and those of its fields, theirs, and so on; not those in an `Any` or in extensions. A set grows while one goes over it. */
export function reachableFrom(root: DescMessage): ReadonlySet<DescMessage> {
  const found = new Set([root])
  for (const { fields } of found) {
    for (const { message } of fields) if (message !== undefined) found.add(message)
  }
  return found
}
