/** Writes records in transactions, which Sluice cannot. */
import { randomUUID } from 'node:crypto'
import type rdkafka from 'node-rdkafka'
import { asError, connectedProducer, disconnect } from './rdkafka-client.ts'

const DEADLINE_MS = 30_000

/** A producer with a transactional id of its own. `close` it. */
export class TransactionalProducer {
  readonly #producer: rdkafka.Producer

  private constructor(producer: rdkafka.Producer) {
    this.#producer = producer
  }

  static async open(bootstrapServers: string): Promise<TransactionalProducer> {
    const settings = { 'transactional.id': randomUUID() }
    const producer = await connectedProducer(bootstrapServers, settings)
    await settled((done) => producer.initTransactions(DEADLINE_MS, done))
    return new TransactionalProducer(producer)
  }

  /** Writes `count` records to partition 0 in one transaction, and ends it. */
  async write(topic: string, count: number, ending: 'commit' | 'abort'): Promise<void> {
    const producer = this.#producer
    await settled((done) => producer.beginTransaction(done))
    for (let i = 0; i < count; i++) producer.produce(topic, 0, Buffer.from(`v${i}`))
    // What was not sent yet would not be in the log of an aborted transaction.
    await settled((done) => producer.flush(DEADLINE_MS, done))
    await settled((done) => {
      if (ending === 'commit') producer.commitTransaction(DEADLINE_MS, done)
      else producer.abortTransaction(DEADLINE_MS, done)
    })
  }

  close(): Promise<void> {
    return disconnect(this.#producer)
  }
}

function settled(start: (done: (error: rdkafka.LibrdKafkaError) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => {
      if (error) reject(asError(error))
      else resolve()
    })
  })
}
