/** The proxy under measurement, with the environment of the image. */
import { readdirSync } from 'node:fs'
import { type Sluice, startSluice } from '../../test/cluster/sluice.ts'
import type { MeteredServer } from '../gateway/server.ts'
import { ProcessMeter } from '../process-meter.ts'

/** What the image tells glibc: docs/decisions/0024-memory-of-a-peak-goes-back.md. */
export const ALLOCATOR = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '1048576',
  MALLOC_TRIM_THRESHOLD_: '1048576',
}

/** Resources of a process, or of one of many equal things. */
export interface Resources {
  readonly bytes: number
  readonly threads: number
  readonly descriptors: number
}

/** A running proxy with the meter of its process. */
export interface MeasuredProxy extends MeteredServer {
  resources(): Resources
  /** The value of a metric without labels. */
  metric(name: string): Promise<number>
}

/** Starts a proxy for measurements. */
export async function startMeasured(
  bootstrapServers: string,
  config: Record<string, string> = {},
  allocator: Record<string, string> = ALLOCATOR,
): Promise<MeasuredProxy> {
  const env = { ...process.env, ...allocator }
  const sluice = await startSluice(bootstrapServers, config, [], env)
  const meter = new ProcessMeter(pidOf(sluice))
  return {
    url: sluice.url,
    meter,
    resources: () => ({
      bytes: meter.rssBytes(),
      threads: meter.threads(),
      descriptors: readdirSync(`/proc/${pidOf(sluice)}/fd`).length,
    }),
    async metric(name) {
      const text = await (await fetch(`${sluice.url}/metrics`)).text()
      return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1])
    },
    stop: () => sluice.stop(),
  }
}

function pidOf(sluice: Sluice): number {
  if (sluice.pid === undefined) throw new Error('Sluice has ended.')
  return sluice.pid
}

/** What each of `count` things has added. */
export function perThing(before: Resources, after: Resources, count: number): Resources {
  return {
    bytes: (after.bytes - before.bytes) / count,
    threads: (after.threads - before.threads) / count,
    descriptors: (after.descriptors - before.descriptors) / count,
  }
}
