/**
 * `npm run bench:cluster`: how far a cluster of processes carries: rebalances of 3, 30 and 200 members with Kafka's classic
 * protocol and with that of KIP-848, and 100 000 descriptions of consumer instances. Takes about a quarter of an hour, and
 * writes bench/results/cluster.json, from which `npm run docs` makes the tables of docs/cluster-scale.md. With an argument (`classic-200`, `consumer`, `descriptions`) it measures the parts whose
 * names contain it, and keeps the other figures.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { configureEngine } from '../src/kafka/engine.ts'
import { startKafka } from '../test/cluster/kafka.ts'
import {
  type DescriptionFigures,
  measureDescriptions,
  writeDescriptions,
} from './cluster/descriptions.ts'
import { type Place, type Protocol, SESSION_MS, settingsOf } from './cluster/peer.ts'
import { type GroupFigures, measureGroup } from './cluster/rebalances.ts'
import { describeMachine, type Machine } from './machine.ts'

const RESULTS = new URL('results/cluster.json', import.meta.url)
const PROTOCOLS: readonly Protocol[] = ['classic', 'consumer']
const SIZES = [3, 30, 200]
const PARTITIONS = 256
const DESCRIPTIONS = 100_000

/** What runs have measured. */
export interface ClusterScale {
  readonly machine: Machine
  readonly descriptions: DescriptionFigures
  /** By protocol and number of members, as in `classic-30`. */
  readonly groups: Readonly<Record<string, GroupFigures>>
}

async function main(wanted: string): Promise<void> {
  const kafka = await startKafka({
    heapMb: 1536,
    config: {
      'group.max.session.timeout.ms': '60000',
      // The same session and heartbeats as those of the classic protocol.
      'group.consumer.min.session.timeout.ms': `${SESSION_MS}`,
      'group.consumer.session.timeout.ms': `${SESSION_MS}`,
      'group.consumer.min.heartbeat.interval.ms': '1000',
      'group.consumer.heartbeat.interval.ms': '1000',
      'group.consumer.max.size': '1000',
    },
  })
  try {
    const topic = '_sluice-bench-instances'
    await kafka.createTopic(topic, { partitions: PARTITIONS })
    const place = (id: string, protocol: Protocol = 'classic'): Place => ({
      bootstrapServers: kafka.bootstrapServers,
      id,
      topic,
      protocol,
    })
    configureEngine(settingsOf(place('all'), 0).config)
    await writeDescriptions(place('all'), DESCRIPTIONS, PARTITIONS)
    if ('descriptions'.includes(wanted)) {
      const descriptions = await measureDescriptions(place('all'), DESCRIPTIONS, PARTITIONS)
      keep((kept) => ({ ...kept, descriptions }))
    }
    for (const protocol of PROTOCOLS) {
      for (const size of SIZES) {
        const name = `${protocol}-${size}`
        if (!name.includes(wanted)) continue
        const figures = await measureGroup(place(name, protocol), size, PARTITIONS)
        keep((kept) => ({ ...kept, groups: { ...kept.groups, [name]: figures } }))
      }
    }
  } finally {
    await kafka.stop()
  }
}

function keep(change: (kept: ClusterScale) => ClusterScale): void {
  const kept = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : {}
  const changed = { ...change(kept), machine: describeMachine() }
  writeFileSync(RESULTS, `${JSON.stringify(changed, null, 2)}\n`)
  console.log(JSON.stringify(changed, null, 2))
}

await main(process.argv[2] ?? '')
process.exit(0)
