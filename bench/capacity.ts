/**
 * `npm run bench:capacity`: the memory of consumers, connections and requests, and CPU time by format. Takes a quarter of an hour,
 * and writes bench/results/capacity.json, from which `npm run docs` makes the tables of docs/production.md. With an argument
 * (`memory`, `cpu`) it measures one part, and keeps the figures of the other.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { BENCH_PACKAGES, ensureSystemPackages } from '../scripts/system-packages.mjs'
import { startKafka } from '../test/cluster/kafka.ts'
import { type CpuFigures, measureCpu } from './capacity/cpu.ts'
import { type MemoryFigures, measureMemory } from './capacity/memory.ts'
import { describeMachine, type Machine } from './machine.ts'

const RESULTS = new URL('results/capacity.json', import.meta.url)

/** What a run has measured. */
export interface Capacity {
  readonly machine: Machine
  readonly memory: MemoryFigures
  readonly cpu: CpuFigures
}

const [part = ''] = process.argv.slice(2)
ensureSystemPackages(BENCH_PACKAGES)
const kafka = await startKafka({
  heapMb: 1024,
  config: { 'log.retention.bytes': '300000000', 'log.segment.bytes': '100000000' },
})
try {
  const stage = {
    bootstrapServers: kafka.bootstrapServers,
    createTopic: async (name: string) => {
      const topic = `${name}-${Date.now()}`
      await kafka.createTopic(topic, { partitions: 8 })
      return topic
    },
  }
  const kept = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Capacity) : {}
  const measured = {
    ...kept,
    machine: describeMachine(),
    ...(part !== 'cpu' && { memory: await measureMemory(stage, kafka) }),
    ...(part !== 'memory' && { cpu: await measureCpu(stage) }),
  }
  console.log(JSON.stringify(measured, null, 2))
  writeFileSync(RESULTS, `${JSON.stringify(measured, null, 2)}\n`)
} finally {
  await kafka.stop()
}
process.exit(0)
