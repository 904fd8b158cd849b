/**
 * Clients that hang up in the middle of a response. Only a response that its socket has taken to the
 * end counts as delivered; a socket takes some megabytes that its client never reads. So the clients
 * hang up only while more than that is left, and then nothing may be lost to the group.
 */
import { randomUUID } from 'node:crypto'
import { startKafka } from '../cluster/kafka.ts'
import { startSluice } from '../cluster/sluice.ts'
import { Witness } from '../cluster/witness.ts'
import { type Finding, known } from './finding.ts'
import { type KnownRecord, Ledger } from './ledger.ts'
import { RestApi } from './rest-api.ts'
import { PARTITIONS } from './workload.ts'

const RECORD_BYTES = 10_000
const RECORDS = 4000
/** More than the kernel takes for a client that does not read. */
const SOCKET_BYTES = 16_000_000
/** A client hangs up after at most this much of a response. */
const ABORT_WITHIN_BYTES = 1_000_000

/** All reads together may take this long; what is undelivered then is a finding. */
const READ_ALL_MS = 300_000

/** Reads a topic once, with `aborts` reads that are cut off on the way. */
export async function runAborts(scenario: string, aborts: number): Promise<Finding> {
  const started = performance.now()
  const kafka = await startKafka()
  const witness = new Witness(kafka.bootstrapServers)
  const sluice = await startSluice(kafka.bootstrapServers)
  const api = new RestApi(sluice.url)
  try {
    const topic = `aborts-${randomUUID()}`
    await kafka.createTopic(topic, { partitions: PARTITIONS })
    const ledger = new Ledger()
    await fill(api, topic, ledger)
    const commits = await readWithAborts(api, topic, ledger, aborts)
    return {
      scenario,
      faults: aborts,
      seconds: Math.round((performance.now() - started) / 1000),
      commits,
      refusedNeedlessly: 0,
      failedCalls: 0,
      hangs: api.hangs,
      stalls: 0,
      wedged: 0,
      longestCallMs: Math.round(api.longestMs),
      refusals: {},
      ...ledger.judge((await witness.consumeAll(topic, { timeoutMs: 120_000 })).map(known)),
    }
  } finally {
    api.close()
    await witness.close()
    await sluice.stop()
    await kafka.stop()
  }
}

/** The key is the ballast, so that a value stays a number. */
async function fill(api: RestApi, topic: string, ledger: Ledger): Promise<void> {
  const batch = 100
  for (let next = 0; next < RECORDS; next += batch) {
    const records = Array.from({ length: batch }, (_, index) => ({
      key: String(index % 50).padEnd(RECORD_BYTES, 'x'),
      value: next + index,
    }))
    const deliveries = await api.produce(topic, records)
    deliveries.forEach(({ partition, offset }, index) => {
      const record = records[index]
      if (partition === null || offset === null || !record) throw new Error('A record was refused.')
      ledger.acknowledge({ ...record, partition, offset })
    })
  }
}

async function readWithAborts(
  api: RestApi,
  topic: string,
  ledger: Ledger,
  aborts: number,
): Promise<number> {
  const instance = await api.createInstance(topic)
  await api.subscribe(instance, topic)
  // The aborts are spread over what may be read before the sockets could take the rest.
  const readBytes = RECORDS * RECORD_BYTES - SOCKET_BYTES
  const maxBytes = Math.max(RECORD_BYTES * 2, Math.floor(readBytes / aborts))
  const deadline = performance.now() + READ_ALL_MS
  let aborted = 0
  let commits = 0
  while (ledger.undelivered > 0 && performance.now() < deadline) {
    const bytesLeft = ledger.undelivered * RECORD_BYTES
    if (aborted < aborts && bytesLeft > SOCKET_BYTES) {
      await api.readAndLeave(instance, Math.random() * ABORT_WITHIN_BYTES)
      aborted++
    }
    const records: readonly KnownRecord[] = await api.read(
      instance,
      `timeout=2000&max_bytes=${maxBytes}`,
    )
    ledger.deliver(records)
    await api.commit(instance)
    ledger.commit(new Map(records.map(({ partition, offset }) => [partition, offset + 1])))
    commits++
  }
  await api.deleteInstance(instance)
  if (aborted < aborts) throw new Error(`Only ${aborted} of ${aborts} reads were cut off.`)
  return commits
}
