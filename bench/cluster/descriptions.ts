/** The descriptions of many instances: memory and time of a process that reads all of them, and look-ups. */
import { encode } from '../../src/cluster/description.ts'
import { keyOf, partitionOf } from '../../src/cluster/partition.ts'
import { Producer } from '../../src/kafka/producer.ts'
import { descriptionProperties } from '../../src/kafka/settings/cluster-clients.ts'
import { ProcessMeter } from '../process-meter.ts'
import { Peer, type Place, settingsOf } from './peer.ts'

const RECORDS_PER_REQUEST = 1000
const LOOKUPS = 1_000_000

/** What one process has shown that owns everything. */
export interface DescriptionFigures {
  readonly descriptions: number
  readonly partitions: number
  /** Key and value of one record. */
  readonly bytes: number
  /** From the assignment to the end of the last partition. */
  readonly restoreAllMs: number
  /** Of all partitions, read at once. */
  readonly restoreOneMs: number
  readonly heapBytesEach: number
  readonly rssBytesEach: number
  /** Of a process that knows the owners. */
  readonly lookupsPerSecond: number
}

/** Group, name and text of one of the instances. */
function instance(index: number): [group: string, name: string, text: string] {
  const group = `group-${index % 5000}`
  const name = `rest-consumer-6f1e0c1a-${String(index).padStart(12, '0')}`
  const settings = { format: 'json', 'auto.offset.reset': 'earliest' }
  const text = encode({ group, name, settings, interest: { topics: ['orders'] } } as never)
  return [group, name, text]
}

/** Writes the descriptions of so many instances. */
export async function writeDescriptions(
  place: Place,
  count: number,
  partitions: number,
): Promise<void> {
  const producer = new Producer(descriptionProperties(settingsOf(place, 0).config))
  for (let first = 0; first < count; first += RECORDS_PER_REQUEST) {
    const records = Array.from({ length: RECORDS_PER_REQUEST }, (_, index) => {
      const [group, name, text] = instance(first + index)
      const key = keyOf(group, name)
      return { key, value: text, partition: partitionOf(key, partitions) }
    })
    const body = Buffer.from(JSON.stringify({ records }))
    const { failed } = await producer.produce(place.topic, -1, 'string', body)
    if (failed > 0) throw new Error('A description was not written.')
  }
  await producer.close(10_000)
}

/** Restores all partitions at one member. */
export async function measureDescriptions(
  place: Place,
  count: number,
  partitions: number,
): Promise<DescriptionFigures> {
  const meter = new ProcessMeter(process.pid)
  global.gc?.()
  const before = { rss: meter.rssBytes(), heap: process.memoryUsage().heapUsed }
  const peer = new Peer(place, 0)
  await peer.join()
  const isWhole = () =>
    peer.restores.size === partitions &&
    [...peer.restores.values()].every(({ restoredAt }) => restoredAt > 0)
  while (!isWhole()) await new Promise((resolve) => setTimeout(resolve, 20))
  const read = [...peer.partitions.values()].reduce((sum, { instances }) => sum + instances.size, 0)
  if (read !== count) throw new Error(`${read} of ${count} descriptions were read.`)
  global.gc?.()
  const restores = [...peer.restores.values()]
  const end = Math.max(...restores.map(({ restoredAt }) => restoredAt))
  const begin = Math.min(...restores.map(({ assignedAt }) => assignedAt))
  const [group, name, text] = instance(0)
  const figures = {
    descriptions: count,
    partitions,
    bytes: keyOf(group, name).length + text.length,
    restoreAllMs: end - begin,
    restoreOneMs: (end - begin) / partitions,
    heapBytesEach: (process.memoryUsage().heapUsed - before.heap) / count,
    rssBytesEach: (meter.rssBytes() - before.rss) / count,
    lookupsPerSecond: measureLookups(partitions),
  }
  await peer.leave()
  return figures
}

/** The partition of an instance, and its owner. */
function measureLookups(partitions: number): number {
  const owners = new Map(
    Array.from({ length: partitions }, (_, number) => [number, `http://${number}`]),
  )
  let found = 0
  const begin = performance.now()
  for (let index = 0; index < LOOKUPS; index++) {
    const key = keyOf('group-1', `rest-consumer-${index}`)
    if (owners.has(partitionOf(key, partitions))) found++
  }
  return found / ((performance.now() - begin) / 1000)
}
