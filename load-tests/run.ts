/**
 * `npm run load -- produce --duration 30s`: starts what is needed, runs one k6 script, watches the
 * memory and the CPU of Sluice meanwhile, and fails when k6 or a bound on the memory does.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { k6Command, runK6 } from './k6.ts'
import { describeUsage, type ResourceUsage, resourceUsage, UsageSampler } from './resource-usage.ts'
import { openStalledReaders } from './stalled-readers.ts'
import { openTarget } from './target.ts'

/** The scripts, and how long each runs when nothing else is said. */
const SCRIPTS: Record<string, string> = {
  produce: '30s',
  consume: '30s',
  mixed: '30s',
  'slow-readers': '30s',
  'many-consumers': '30s',
  soak: '10m',
}
/** What set-up and tear-down of a script may take beside its duration. */
const MARGIN_SECONDS = 240
const TOPIC = process.env['TOPIC'] ?? 'sluice-load'

const STALLED_READERS = 200
const MAX_MIB_PER_STALLED_READER = 1
/** How long the memory is given to settle before it is compared. */
const SETTLE_MS = 5_000
/** How much the last quarter of a soak may use above the second. The first one warms up. */
const MAX_SOAK_GROWTH_MIB = 32

const { script, duration, limitSeconds } = parseCommand()
const k6 = k6Command()
const target = await openTarget([TOPIC, `${TOPIC}-stalled`, `${TOPIC}-idle`])
let passed = false
try {
  passed = script === 'slow-readers' ? await runBesideStalledReaders() : await runScript()
} finally {
  const isWell = await target.close(passed)
  process.exitCode = isWell ? 0 : 1
  console.log(isWell ? 'Load test passed.' : 'Load test FAILED.')
}

function parseCommand(): { script: string; duration: string; limitSeconds: number } {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { duration: { type: 'string' } },
  })
  const [script = ''] = positionals
  const duration = values.duration ?? SCRIPTS[script] ?? ''
  const length = seconds(duration)
  if (!SCRIPTS[script] || !length || positionals.length > 1) {
    const names = Object.keys(SCRIPTS).join('|')
    console.error(`Usage: npm run load -- ${names} [--duration 90s|10m|1h]`)
    process.exit(2)
  }
  return { script, duration, limitSeconds: length + MARGIN_SECONDS }
}

async function runScript(): Promise<boolean> {
  const sampler = target.pid === undefined ? undefined : new UsageSampler(target.pid)
  const env = { SLUICE_URL: target.url, DURATION: duration, TOPIC }
  const code = await runK6(k6, script, env, limitSeconds)
  sampler?.stop()
  const samples = sampler?.samples ?? []
  console.log(`Sluice: ${describeUsage(samples)}`)
  return code === 0 && (script !== 'soak' || isFlat(samples))
}

/** Whether the memory of a soak stayed as it was, which needs a few minutes to be seen. */
function isFlat(samples: readonly ResourceUsage[]): boolean {
  const quarter = Math.floor(samples.length / 4)
  if (quarter === 0) return true
  const mean = (part: readonly ResourceUsage[]) =>
    part.reduce((sum, { residentMib }) => sum + residentMib, 0) / part.length
  const growth = mean(samples.slice(-quarter)) - mean(samples.slice(quarter, 2 * quarter))
  console.log(`Memory grew by ${growth.toFixed(1)} MiB (limit ${MAX_SOAK_GROWTH_MIB}).`)
  return growth <= MAX_SOAK_GROWTH_MIB
}

/** Measures what stalled readers cost before the script runs, and keeps them stalled meanwhile. */
async function runBesideStalledReaders(): Promise<boolean> {
  console.log(`Opening ${STALLED_READERS} readers…`)
  const readers = await openStalledReaders(target.url, `${TOPIC}-stalled`, STALLED_READERS)
  try {
    const before = await settledMib()
    await readers.stall()
    const isBounded = isCheap(before, await settledMib())
    return (await runScript()) && isBounded
  } finally {
    await readers.close()
  }
}

async function settledMib(): Promise<number | undefined> {
  await sleep(SETTLE_MS)
  return target.pid === undefined ? undefined : resourceUsage(target.pid)?.residentMib
}

function isCheap(before: number | undefined, after: number | undefined): boolean {
  if (before === undefined || after === undefined) {
    console.log('The memory of stalled readers was not measured: set SLUICE_PID on its machine.')
    return true
  }
  const each = (after - before) / STALLED_READERS
  console.log(
    `A stalled reader costs ${each.toFixed(2)} MiB (limit ${MAX_MIB_PER_STALLED_READER}).`,
  )
  return each <= MAX_MIB_PER_STALLED_READER
}

/** `90s`, `10m` or `1h` in seconds; undefined when it is none of them. */
function seconds(duration: string): number | undefined {
  const [, count, unit] = /^(\d+)([smh])$/.exec(duration) ?? []
  return count ? Number(count) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h'] : undefined
}
