/** Writes the measured tables of docs/cluster-scale.md, and the estimate that is computed from them. The rest is written by hand. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Change, GroupFigures } from '../bench/cluster/rebalances.ts'
import type { ClusterScale } from '../bench/cluster.ts'
import { fillTables, table } from './document-production.ts'

const ROOT = join(import.meta.dirname, '..')

/** The cluster of the estimate. */
const NODES = 1000
const INSTANCES = 1_000_000

/** The text of the page, with its tables made anew. */
export function renderClusterScale(): string {
  const scale = JSON.parse(
    readFileSync(join(ROOT, 'bench/results/cluster.json'), 'utf8'),
  ) as ClusterScale
  return fillTables('docs/cluster-scale.md', {
    groups: groupsTable(scale),
    descriptions: descriptionsTable(scale),
    estimate: estimateTable(scale),
    machine: machineText(scale),
  })
}

function groupsTable({ groups }: ClusterScale): string {
  return table(
    [
      'Protocol',
      'Members',
      'All join at once',
      'One joins',
      'One leaves',
      'One dies (behind the session)',
      'A partition without an owner, at most (joins, leaves)',
      'DescribeConsumerGroups',
      'Its answer',
    ],
    Object.values(groups).map((group) => [
      group.protocol,
      String(group.members),
      seconds(group.formedMs),
      changes(group.joins),
      changes(group.leaves),
      seconds(group.death.settledMs),
      seconds(Math.max(...[...group.joins, ...group.leaves].map(({ unservedMs }) => unservedMs))),
      describeText(group),
      kilobytes(group.describeBytes),
    ]),
  )
}

/** The middle of some changes, and the longest. */
function changes(all: readonly Change[]): string {
  const times = all.map(({ settledMs }) => settledMs).sort((a, b) => a - b)
  return `${seconds(times[times.length >> 1] as number)} (at most ${seconds(times.at(-1) as number)})`
}

function describeText({ describeMs }: GroupFigures): string {
  const median = describeMs[describeMs.length >> 1] as number
  return `${median.toFixed(1)} ms, ${Math.round(1000 / median)}/s in sequence`
}

function descriptionsTable({ descriptions }: ClusterScale): string {
  const each = descriptions
  const count = each.descriptions.toLocaleString('en').replaceAll(',', ' ')
  return table(
    ['What', 'Figure'],
    [
      [
        `Reading ${count} descriptions in ${each.partitions} partitions, one process`,
        seconds(each.restoreAllMs),
      ],
      ['The same, for each partition', `${each.restoreOneMs.toFixed(1)} ms`],
      ['Key and value of a description', `${each.bytes} bytes`],
      ['Heap of a description without a consumer', `${Math.round(each.heapBytesEach)} bytes`],
      [
        'Memory of the process for each (resident, with the client)',
        `${Math.round(each.rssBytesEach)} bytes`,
      ],
      [
        'Look-ups of a known owner',
        `${(each.lookupsPerSecond / 1e6).toFixed(1)} million/s of one core`,
      ],
    ],
  )
}

function estimateTable({ descriptions, groups }: ClusterScale): string {
  const classic = Object.values(groups).filter(({ protocol }) => protocol === 'classic')
  const largest = classic.reduce((most, each) => (each.members > most.members ? each : most))
  const answerBytes = (largest.describeBytes / largest.members) * NODES
  const perNode = INSTANCES / NODES
  const readMs = (descriptions.restoreAllMs / descriptions.descriptions) * perNode
  return table(
    ['What', `${NODES} processes, ${INSTANCES / 1e6} million instances`, 'From'],
    [
      [
        'Descriptions of a process',
        `${perNode}, ${megabytes(perNode * descriptions.heapBytesEach)} of heap`,
        'memory of a description',
      ],
      ['The topic', megabytes(INSTANCES * descriptions.bytes), 'size of a description, compacted'],
      [
        'Reading the descriptions of a process',
        `${readMs.toFixed(0)} ms`,
        'the rate of one process',
      ],
      [
        'Reading all of them, at one broker',
        seconds((descriptions.restoreAllMs / descriptions.descriptions) * INSTANCES),
        'the rate of one process; brokers share it',
      ],
      ['An answer to DescribeConsumerGroups', kilobytes(answerBytes), 'bytes of a member'],
      [
        'All processes ask once, after a rebalance',
        megabytes(answerBytes * NODES),
        'the answer, once to each process',
      ],
      [
        'One joins or leaves',
        `${seconds((median(largest.joins) * NODES) / largest.members)} if linear in the members`,
        `the classic protocol with ${largest.members} members`,
      ],
    ],
  )
}

function median(all: readonly Change[]): number {
  const times = all.map(({ settledMs }) => settledMs).sort((a, b) => a - b)
  return times[times.length >> 1] as number
}

function machineText({ machine }: ClusterScale): string {
  return (
    `The figures are of ${machine.date}: ${machine.cpu}, ${machine.memoryGib} GiB, ${machine.system}, Node.js ${machine.node}, ` +
    `librdkafka ${machine.librdkafka}, Apache Kafka ${machine.kafka} with one broker on the same machine.`
  )
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`
}
