/** A thread in the place of the one that makes calls to brokers. The first topic of a question says what it does. */
import { parentPort, threadId } from 'node:worker_threads'
import { RestError } from '../../../../src/errors.ts'
import type { CallSettings } from '../../../../src/kafka/direct/calls.ts'
import { type CallPort, PortCalls } from '../../../../src/port-calls.ts'

type Deed = { readonly topics: readonly { readonly name: string }[] }

const deeds: Record<string, (settings: CallSettings) => unknown> = {
  tell: ({ timeoutMs, caller, token }) => ({ thread: threadId, timeoutMs, caller, token }),
  refuse: () => {
    throw new RestError('KAFKA_AUTHORIZATION', 'Not for you.')
  },
  wait: () => new Promise(() => {}),
  hang: () => {
    for (;;);
  },
  exit: () => process.exit(3),
  throw: () => {
    setImmediate(() => {
      throw new Error('a defect in an event')
    })
    return new Promise(() => {})
  },
  eat: () => {
    const eaten: number[][] = []
    for (;;) eaten.push(new Array(4_000_000).fill(0.5))
  },
}

new PortCalls(parentPort as CallPort, {
  answer: ({ topics }: Deed, settings: CallSettings) => deeds[topics[0]?.name ?? '']?.(settings),
})
