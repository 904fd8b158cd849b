/** A worker thread of worker-threads.test.ts: it works until it is told to end, or is ended. */
import { parentPort, workerData } from 'node:worker_threads'
import { startWork } from './busy-engine.ts'
import { newConsumer, newProducer, parseResponse, produce, read } from './embedded-kafka.ts'

/** What a worker does after it has loaded the addon. */
export type Task = 'round trip' | 'work' | 'work, then exit' | 'nothing'

export interface WorkerInput {
  readonly bootstrapServers: string
  readonly task: Task
  readonly name: string
}

const { bootstrapServers, task, name } = workerData as WorkerInput

const RECORDS = 500

/** Writes records and reads them back; says what it found. */
async function roundTrip(): Promise<unknown[]> {
  // Of its own: threads that ask for the same properties share one, and would close it.
  const producer = newProducer(bootstrapServers, { 'client.id': name })
  const consumer = await newConsumer(bootstrapServers, 'json', { 'client.id': name })
  const values: unknown[] = []
  const records = Array.from({ length: RECORDS }, (_, index) => ({ value: `${name} ${index}` }))
  for (let at = 0; at < RECORDS; at += 50) {
    await produce(producer, name, 'json', records.slice(at, at + 50))
  }
  await consumer.assign([{ topic: name, partition: 0 }])
  while (values.length < RECORDS) {
    values.push(...parseResponse(await read(consumer)).map(({ value }) => value))
  }
  await consumer.close()
  await producer.close(5000)
  return values
}

if (task === 'round trip') parentPort?.postMessage(await roundTrip())
if (task === 'nothing') parentPort?.postMessage('loaded')
if (task === 'work' || task === 'work, then exit') {
  await startWork(bootstrapServers)
  parentPort?.postMessage('working')
  if (task === 'work, then exit') process.exit(7)
}
