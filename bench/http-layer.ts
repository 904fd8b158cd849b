/**
 * `npm run bench:http`: our build of uWebSockets.js beside the binary that npm has, on a handler that answers a constant.
 * Prints requests per second and CPU time per request as ratios: above 1 ours is faster, or uses less.
 */
import { BENCH_PACKAGES, ensureSystemPackages } from '../scripts/system-packages.mjs'
import { createAuthority } from '../test/certificates.ts'
import { inTurns, median, spread } from './gateway/row.ts'
import { type MeteredServer, startScript } from './gateway/server.ts'
import { applyLoad, produceLoad } from './wrk.ts'

const ROUNDS = Number(process.argv[2] ?? 7)
const SECONDS = 3
const CONNECTIONS = 64
const BYTES = 100

interface Figures {
  readonly perSecond: number
  readonly cpuMicros: number
}

ensureSystemPackages(BENCH_PACKAGES)
const { key, cert } = createAuthority('bench')
console.log(
  `Medians (least–greatest) of ${ROUNDS} rounds of ${SECONDS} s, ${CONNECTIONS} connections.`,
)
for (const scheme of ['http', 'https'] as const) {
  const tls = scheme === 'https' ? [key, cert] : []
  const ours = await startScript('bare-handler.ts', 'built', ...tls)
  const theirs = await startScript('bare-handler.ts', 'republished', ...tls)
  for (const records of [1, 100]) await compare(scheme, ours, theirs, records)
  await Promise.all([ours.stop(), theirs.stop()])
}
process.exit(0)

async function compare(
  scheme: string,
  ours: MeteredServer,
  theirs: MeteredServer,
  records: number,
) {
  await measure(ours, scheme, records)
  await measure(theirs, scheme, records)
  const pairs = await inTurns(
    ROUNDS,
    () => measure(ours, scheme, records),
    () => measure(theirs, scheme, records),
  )
  const speed = pairs.map(([left, right]) => left.perSecond / right.perSecond)
  const cpu = pairs.map(([left, right]) => right.cpuMicros / left.cpuMicros)
  const of = (side: 0 | 1, figure: keyof Figures) => median(pairs.map((pair) => pair[side][figure]))
  console.log(
    `${scheme}, ${records} records: requests/s ${spread(speed)}, ` +
      `${Math.round(of(0, 'perSecond'))} ÷ ${Math.round(of(1, 'perSecond'))}; ` +
      `CPU a request ${spread(cpu)}, ${of(1, 'cpuMicros').toFixed(2)} ÷ ${of(0, 'cpuMicros').toFixed(2)} µs`,
  )
}

async function measure(server: MeteredServer, scheme: string, records: number): Promise<Figures> {
  const url = server.url.replace('http:', `${scheme}:`)
  const before = server.meter.cpuSeconds()
  const load = produceLoad(`${url}/topics/t`, CONNECTIONS, SECONDS, records, BYTES)
  const { requests, requestsPerSecond } = await applyLoad(load)
  const cpuMicros = ((server.meter.cpuSeconds() - before) * 1e6) / requests
  return { perSecond: requestsPerSecond, cpuMicros }
}
