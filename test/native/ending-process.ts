/**
 * A process of exit.test.ts: it starts its work on an embedded cluster, says so, and ends in the
 * way that its first argument names; the second names the work.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { mailbox, native } from '../../src/kafka/native.ts'
import { startWork, type Work } from './busy-engine.ts'
import {
  configureEngine,
  newConsumer,
  newProducer,
  produce,
  properties,
  read,
  startEmbeddedKafka,
} from './embedded-kafka.ts'

/** Nobody listens there. */
const NO_BROKER = '127.0.0.1:1'

/** How a process may end. */
export type End = keyof typeof ENDS

const ENDS = {
  'process.exit': () => process.exit(7),
  throw: () => {
    setImmediate(() => {
      throw new Error('thrown on purpose')
    })
  },
  reject: () => {
    void Promise.reject(new Error('rejected on purpose'))
  },
  'throw in an answer': () => {
    const ticket = mailbox.open({
      onReply() {},
      onError() {
        throw new Error('thrown on purpose')
      },
    })
    native.subscription(4_000_000_000, ticket)
  },
  'exit in an answer': () => {
    const ticket = mailbox.open({ onReply() {}, onError: () => process.exit(7) })
    native.subscription(4_000_000_000, ticket)
  },
  // The test sends it.
  signal: () => {},
  'handled signal': () => {
    process.once('SIGTERM', () => process.exit(7))
  },
}

/** What may be under way when it ends by itself: everything is answered first. */
const FINITE_WORK: Record<string, () => Promise<unknown>> = {
  nothing: async () => configureEngine(),
  'all answered': async () => {
    const bootstrapServers = startEmbeddedKafka()
    const producer = newProducer(bootstrapServers)
    await produce(producer, 'finite', 'json', [{ value: 1 }])
    const consumer = await newConsumer(bootstrapServers, 'json')
    await consumer.assign([{ topic: 'finite', partition: 0 }])
    await read(consumer)
    new native.Admin(properties(bootstrapServers))
  },
  'not awaited': async () => {
    const bootstrapServers = startEmbeddedKafka()
    void produceOne(bootstrapServers)
    void readNothing(bootstrapServers)
  },
}

async function produceOne(bootstrapServers: string): Promise<void> {
  await produce(newProducer(bootstrapServers), 'finite', 'json', [{ value: 1 }])
  console.log('answered produce')
}

async function readNothing(bootstrapServers: string): Promise<void> {
  const consumer = await newConsumer(bootstrapServers, 'json')
  await consumer.subscribe(['nothing'])
  await read(consumer, { timeoutMs: 300 }).catch(() => {})
  console.log('answered read')
}

async function start(work: string): Promise<void> {
  if (work === 'no broker') {
    configureEngine()
    const producer = newProducer(NO_BROKER)
    produce(producer, 'stuck', 'json', new Array(1000).fill({ value: 1 })).catch(() => {})
    const consumer = await newConsumer(NO_BROKER, 'json')
    await consumer.subscribe(['stuck'])
    read(consumer, { timeoutMs: 60_000 }).catch(() => {})
    await sleep(100)
  } else {
    await startWork(startEmbeddedKafka(), work.split(',') as Work[])
  }
}

const [end = '', work = ''] = process.argv.slice(2)
if (end === 'by itself') {
  await FINITE_WORK[work]?.()
} else {
  await start(work)
  ENDS[end as End]()
}
console.log('ready')
