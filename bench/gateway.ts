/**
 * The running proxy over HTTP, beside librdkafka's own benchmark, a bare uWebSockets.js handler and a
 * proxy on node-rdkafka's JavaScript API: one Kafka, one machine, one run. Writes its figures to
 * bench/results/gateway.json and docs/benchmarks.md.
 *
 *   npm run bench:gateway            all of it, about fifteen minutes
 *   npm run bench:gateway -- memory  the sections whose names contain a word; writes nothing
 *   npm run bench:gateway -- memory --keep
 *                                    the same; its figures take the place of the older ones
 *   npm run bench:gateway -- --beside FOLDER
 *                                    compares with the build of another checkout, where a section compares with one
 */
import { parseArgs } from 'node:util'
import { BENCH_PACKAGES, ensureSystemPackages } from '../scripts/system-packages.mjs'
import { startKafka } from '../test/cluster/kafka.ts'
import { measureAbuse } from './gateway/abuse.ts'
import { measureAvro } from './gateway/avro.ts'
import { measureConsume } from './gateway/consume.ts'
import { measureEventLoops } from './gateway/event-loops.ts'
import { measureHop } from './gateway/hop.ts'
import { measureIdlePolls } from './gateway/idle-polls.ts'
import { measureKeys } from './gateway/keys.ts'
import { measureLatency } from './gateway/latency.ts'
import { measureLists } from './gateway/lists.ts'
import { measureLocks } from './gateway/locks.ts'
import { measureMemory } from './gateway/memory.ts'
import { measureBaseline } from './gateway/node-rdkafka.ts'
import { measureProduce, measureSingleRecords } from './gateway/produce.ts'
import type { Row, Stage } from './gateway/row.ts'
import { measureSchemaLibraries } from './gateway/schema-libraries.ts'
import { measureSchemaWorkers } from './gateway/schema-workers.ts'
import { measureSecurity } from './gateway/security.ts'
import { measureCostBySize } from './gateway/sizes.ts'
import { measureRecordStreams } from './gateway/streams.ts'
import { describeMachine } from './machine.ts'
import { keepResults, updateResults } from './report.ts'

const SECTIONS: Readonly<Record<string, (stage: Stage) => Promise<Row[]>>> = {
  produce: measureProduce,
  'produce with keys': measureKeys,
  'single records': measureSingleRecords,
  streams: measureRecordStreams,
  latency: measureLatency,
  locks: measureLocks,
  'event loops': measureEventLoops,
  consume: measureConsume,
  hop: measureHop,
  avro: measureAvro,
  'schema workers': measureSchemaWorkers,
  'json schema and protobuf': measureSchemaLibraries,
  abuse: measureAbuse,
  'node-rdkafka': measureBaseline,
  memory: measureMemory,
  'idle polls': measureIdlePolls,
  security: measureSecurity,
  'cost by size': measureCostBySize,
  'long lists': measureLists,
}

const PARTITIONS = 8

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { keep: { type: 'boolean' }, beside: { type: 'string' } },
})
const [wanted = ''] = positionals
ensureSystemPackages(BENCH_PACKAGES)
const kafka = await startKafka({
  heapMb: 1024,
  // Runs write some gigabytes; what was measured may go.
  config: { 'log.retention.bytes': '300000000', 'log.segment.bytes': '100000000' },
})
try {
  const stage: Stage = {
    bootstrapServers: kafka.bootstrapServers,
    besideFolder: options.beside,
    createTopic: async (name, partitions = PARTITIONS) => {
      const topic = `${name}-${Date.now()}`
      await kafka.createTopic(topic, { partitions })
      return topic
    },
  }
  const rows: Row[] = []
  for (const [name, measure] of Object.entries(SECTIONS)) {
    if (!name.includes(wanted)) continue
    console.log(`\n${name}`)
    for (const row of await measure(stage)) {
      rows.push(row)
      console.log(
        `  ${row.what}: ${row.value} (${row.detail})${row.target ? `; target ${row.target}` : ''}`,
      )
    }
  }
  if (wanted === '') keepResults({ machine: describeMachine(), rows })
  else if (options.keep) updateResults({ machine: describeMachine(), rows })
} finally {
  await kafka.stop()
}
process.exit(0)
