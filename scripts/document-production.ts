/** Writes the measured tables of docs/production.md. The rest of the page is written by hand. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Capacity } from '../bench/capacity.ts'

const ROOT = join(import.meta.dirname, '..')
const MEGABYTE = 1e6

/** Numbers of consumers in the table. Those above the greatest measured one are extrapolated. */
const CONSUMERS = [100, 1000, 10_000]

/** The text of the page, with its tables made anew. */
export function renderProduction(): string {
  const capacity = JSON.parse(
    readFileSync(join(ROOT, 'bench/results/capacity.json'), 'utf8'),
  ) as Capacity
  const tables: Readonly<Record<string, string>> = {
    memory: memoryTable(capacity),
    consumers: consumersTable(capacity),
    cpu: cpuTable(capacity),
    machine: machineText(capacity),
  }
  return fillTables('docs/production.md', tables)
}

/** Returns the text of a page with its measured tables made anew. */
export function fillTables(path: string, tables: Readonly<Record<string, string>>): string {
  const page = readFileSync(join(ROOT, path), 'utf8')
  return page.replace(
    /(<!-- measured: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => `${begin}${tables[name] ?? ''}\n${end}`,
  )
}

function memoryTable({ memory }: Capacity): string {
  const { process, heapBytes, idle, busy, slow, connection, inFlight, inFlightCharged, afterPeak } =
    memory
  const idles = idle.map(({ each }) => each.bytes)
  return table(
    ['What', 'Memory', 'Threads', 'Descriptors'],
    [
      [
        'The process without consumers',
        `${megabytes(process.bytes)}, of which ${megabytes(heapBytes)} are the heap of JavaScript`,
        process.threads.toFixed(0),
        process.descriptors.toFixed(0),
      ],
      row('A consumer instance without records', Math.max(...idles), idle.at(-1)?.each ?? busy),
      row('A consumer instance that reads a backlog without pause', busy.bytes, busy),
      row('A consumer instance whose client receives nothing of its response', slow.bytes, slow),
      row('An idle connection', connection.bytes, connection),
      [
        'A produce request of 100 records of 100 bytes, not acknowledged',
        `${kilobytes(inFlight.bytes)}; counted as ${kilobytes(inFlightCharged)}`,
        '',
        '1, of its connection',
      ],
      [
        'A minute after 100 such readers have left',
        `${megabytes(afterPeak.image)} with the variables of the image, ${megabytes(afterPeak.plain)} without`,
        '',
        '',
      ],
    ],
  )
}

function row(
  what: string,
  bytes: number,
  { threads, descriptors }: { threads: number; descriptors: number },
): string[] {
  const size = bytes < 100_000 ? kilobytes(bytes) : megabytes(bytes, 2)
  return [what, size, threads.toFixed(0), descriptors.toFixed(0)]
}

function consumersTable({ memory }: Capacity): string {
  const { process, idle, busy } = memory
  const most = Math.max(...idle.map(({ count }) => count))
  return table(
    ['Consumer instances', 'All idle', 'All busy', 'Threads', 'Descriptors', 'Figures'],
    CONSUMERS.map((count) => {
      const measured = idle.find((each) => each.count === count)?.each ?? idle.at(-1)?.each
      if (!measured) throw new Error('There are no figures of idle instances.')
      return [
        String(count),
        megabytes(process.bytes + count * measured.bytes),
        megabytes(process.bytes + count * busy.bytes),
        (process.threads + count * measured.threads).toFixed(0),
        (process.descriptors + count * measured.descriptors).toFixed(0),
        count > most
          ? `extrapolated from ${most}`
          : count === 100
            ? 'measured'
            : 'idle measured, busy from 100',
      ]
    }),
  )
}

function cpuTable({ cpu }: Capacity): string {
  const rows = cpu.produce.map(({ format, records, perRequest }) => [
    `Produce, \`${format}\`, ${records} a request`,
    micros(perRequest),
    micros(perRequest / records),
    perSecond((1e6 * records) / perRequest),
  ])
  const reads = cpu.consume.map(({ format, perRecord }) => [
    `Read a backlog, \`${format}\``,
    '',
    micros(perRecord),
    perSecond(1e6 / perRecord),
  ])
  return table(['Work', 'A request', 'A record', 'Records/s of one core'], [...rows, ...reads])
}

function machineText({ machine }: Capacity): string {
  return (
    `The figures are of ${machine.date}, commit ${machine.commit}: ${machine.cpu}, ${machine.memoryGib} GiB, ` +
    `${machine.system}, Node.js ${machine.node}, librdkafka ${machine.librdkafka}, Apache Kafka ${machine.kafka} with one ` +
    'broker on the same machine.'
  )
}

function megabytes(bytes: number, digits = 0): string {
  return bytes >= 1e10
    ? `${(bytes / 1e9).toFixed(0)} GB`
    : `${(bytes / MEGABYTE).toFixed(digits)} MB`
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`
}

function micros(time: number): string {
  return `${time.toFixed(time < 10 ? 2 : 0)} µs`
}

function perSecond(figure: number): string {
  return figure >= 1e6 ? `${(figure / 1e6).toFixed(1)} M` : `${(figure / 1000).toFixed(0)} k`
}

/** Returns a table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
