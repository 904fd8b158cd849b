/** An engine with everything under way: what worker threads and processes are ended in. */

import type { Consumer } from '../../src/kafka/consumer.ts'
import { mailbox, native } from '../../src/kafka/native.ts'
import { ProduceDraft } from '../../src/kafka/produce-draft.ts'
import type { Producer } from '../../src/kafka/producer.ts'
import { newConsumer, newProducer, produce, properties, READ } from './embedded-kafka.ts'
import { lend } from './own-jobs.ts'

const TOPIC = 'busy'
/** More than a few chunks, so that reads are in the middle of a response. */
const VALUE = 'x'.repeat(20_000)
const AT_ONCE = 20

/** What can be under way. */
export type Work = 'produces' | 'drafts' | 'reads' | 'creates' | 'questions'

/**
 * Starts work that never comes to its end: each answer is followed by the next call. Resolves when
 * each kind has been answered at least once.
 */
export async function startWork(
  bootstrapServers: string,
  works: readonly Work[] = ['produces', 'drafts', 'reads', 'creates', 'questions'],
): Promise<void> {
  const producer = newProducer(bootstrapServers)
  await produce(producer, TOPIC, 'json', new Array(100).fill({ value: VALUE }))
  await Promise.all(works.map((work) => STARTS[work](bootstrapServers, producer)))
}

const STARTS: Record<Work, (bootstrapServers: string, producer: Producer) => Promise<void>> = {
  produces: (_servers, producer) => again(() => produce(producer, TOPIC, 'json', [{ value: 1 }])),
  drafts: (_servers, producer) =>
    again(async () => {
      const draft = await ProduceDraft.parse(DRAFT)
      const lent = await lend(draft)
      lent.append(Buffer.from(VALUE), Int32Array.of(-1, VALUE.length))
      await lent.answer()
      await producer.produceDraft(TOPIC, 0, draft, { key: undefined, value: 1 })
    }),
  reads: async (bootstrapServers) => {
    const consumers = await Promise.all(
      Array.from({ length: 3 }, () => newConsumer(bootstrapServers, 'json')),
    )
    for (const consumer of consumers) {
      await consumer.assign([{ topic: TOPIC, partition: 0 }])
      leaveReadOpen(consumer)
      // It waits for its turn.
      consumer.read({ ...READ, timeoutMs: 60_000 }, DEAF)
    }
  },
  creates: (bootstrapServers) =>
    again(async () => {
      const consumer = await newConsumer(bootstrapServers, 'binary')
      void consumer.close()
    }),
  questions: (bootstrapServers) => {
    const admin = new native.Admin(properties(bootstrapServers))
    return again(
      () =>
        new Promise<void>((resolve, reject) => {
          const ticket = mailbox.open({ onReply: () => resolve(), onError: reject })
          admin.listTopics(5000, ticket)
        }),
    )
  },
}

/** Too large to be parsed on the loop. */
const DRAFT = Buffer.from(JSON.stringify({ records: [{ value: VALUE }] }))

const DEAF = { send() {}, finish() {}, fail() {} }

/** A read in the middle of its response: two chunks are out, and are never written. */
function leaveReadOpen(consumer: Consumer): void {
  consumer.read({ ...READ, timeoutMs: 60_000 }, DEAF)
}

/** Some of these calls at once, for ever. Resolves after the first one. */
function again(call: () => Promise<unknown>): Promise<void> {
  const loop = async (onFirst: () => void): Promise<never> => {
    for (;;) {
      await call()
      onFirst()
    }
  }
  return new Promise((resolve, reject) => {
    for (let each = 0; each < AT_ONCE; each++) loop(resolve).catch(reject)
  })
}
