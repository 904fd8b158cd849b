/** Patterns of subscriptions: their compilation, and their matches among the topics of the cluster. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { RE2JS } from 're2js'
import { RestError } from '../errors.ts'

/** Matches whole names of topics. */
export interface TopicPattern {
  readonly text: string
  matches(topic: string): boolean
}

/** The limit of a pattern's instructions. Usual patterns have far fewer; the match of a name with this many takes milliseconds. */
const MAX_STEPS = 2000

/** The time for which a match may block the event loop. */
const TURN_MS = 5

/**
 * Compiles the pattern of a subscription. RE2 has Java's syntax without look-around and back references, and matches
 * any input in linear time. The time grows with the size of the compiled program, which repetitions multiply. Throws
 * 422.
 */
export function compilePattern(text: string): TopicPattern {
  let regex: RE2JS
  try {
    regex = RE2JS.compile(text)
  } catch (error) {
    throw new RestError('UNPROCESSABLE', `topic_pattern is no regular expression: ${String(error)}`)
  }
  const steps = regex.programSize()
  if (steps <= MAX_STEPS) return { text, matches: (topic) => regex.matches(topic) }
  throw new RestError(
    'UNPROCESSABLE',
    `topic_pattern is made into ${steps} steps; it may have at most ${MAX_STEPS}.`,
  )
}

/** Returns the topics that match, in order. The event loop serves requests in between. */
export async function matchingTopics(
  pattern: TopicPattern,
  topics: readonly string[],
): Promise<string[]> {
  const names: string[] = []
  let turnEnds = performance.now() + TURN_MS
  for (const topic of topics) {
    if (performance.now() > turnEnds) {
      await nextTurn()
      turnEnds = performance.now() + TURN_MS
    }
    if (pattern.matches(topic)) names.push(topic)
  }
  return names.sort()
}
