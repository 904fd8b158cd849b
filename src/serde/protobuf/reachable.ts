/** What a message can have in it, however deep. */
import type { DescMessage } from '@bufbuild/protobuf'

/** An `Any`, or a message that others may extend, can have all of a registry in it: here it counts as wanted. */
const ANY = 'google.protobuf.Any'

/**
 * Makes a question: whether a message, or one that it can have in it, is wanted. Answers are kept.
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

function isOpen({ typeName, proto }: DescMessage): boolean {
  return typeName === ANY || proto.extensionRange.length > 0
}

/** Itself, and those of its fields, theirs, and so on. A set grows while one goes over it. */
function reachableFrom(root: DescMessage): ReadonlySet<DescMessage> {
  const found = new Set([root])
  for (const { fields } of found) {
    for (const { message } of fields) if (message !== undefined) found.add(message)
  }
  return found
}
