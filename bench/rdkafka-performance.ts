/** The physical limit: librdkafka's own benchmark, from the same build as the engine's library. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildPerformance } from '../scripts/native/rdkafka-performance.mjs'

const run = promisify(execFile)
/** Throughput and cost. */
export interface Performance {
  readonly recordsPerSecond: number
  /** CPU time of the process, in microseconds a record. */
  readonly cpuMicrosPerRecord: number
}

/** Produces `count` records of `bytes` bytes, acknowledged by all replicas. */
export function producePerformance(
  bootstrap: string,
  topic: string,
  count: number,
  bytes: number,
): Promise<Performance> {
  return measure(count, ['-P', '-t', topic, '-b', bootstrap, '-s', `${bytes}`, '-a', '-1'])
}

/** Reads `count` records in a group of its own, from the beginning. */
export function consumePerformance(
  bootstrap: string,
  topic: string,
  count: number,
): Promise<Performance> {
  const group = `limit-${Date.now()}`
  return measure(count, [
    '-G',
    group,
    '-t',
    topic,
    '-b',
    bootstrap,
    '-X',
    'auto.offset.reset=earliest',
  ])
}

/**
 * The time of each of so many records a second from produce() to its acknowledgement, in milliseconds, ascending. Without
 * the records of the first second, which wait for connections.
 */
export async function recordTimes(
  bootstrap: string,
  topic: string,
  recordsPerSecond: number,
  seconds: number,
  bytes: number,
): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-latency-'))
  const file = join(folder, 'microseconds')
  const properties = ['linger.ms=1', 'enable.idempotence=true'].flatMap((each) => ['-X', each])
  try {
    await run(
      await buildPerformance(),
      [
        ...['-P', '-t', topic, '-b', bootstrap, '-s', `${bytes}`, '-a', '-1', '-l', '-A', file],
        ...[
          '-r',
          `${recordsPerSecond}`,
          '-c',
          `${recordsPerSecond * (seconds + 1)}`,
          ...properties,
        ],
      ],
      { maxBuffer: 1e8 },
    )
    const times = readFileSync(file, 'utf8').trim().split('\n').slice(recordsPerSecond)
    return times.map((micros) => Number(micros) / 1000).sort((left, right) => left - right)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measure(count: number, parameters: readonly string[]): Promise<Performance> {
  const command = [await buildPerformance(), ...parameters, '-c', String(count)]
  // It fails when its queue was full for one record, which changes no figure.
  const script = `TIMEFORMAT='cpu %U %S'; time ${command.join(' ')} 2>&1 || true`
  const { stdout, stderr } = await run('bash', ['-c', script], { maxBuffer: 1e8 })
  const rates = [...stdout.matchAll(/(\d+) msgs\/s/g)]
  if (rates.length === 0) throw new Error(`${command.join(' ')} measured nothing:\n${stdout}`)
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(stderr) ?? []
  return {
    recordsPerSecond: Number(rates.at(-1)?.[1]),
    cpuMicrosPerRecord: ((Number(user) + Number(system)) * 1e6) / count,
  }
}
