/**
 * The parts alone, without a broker: `npm run bench`, or `npm run bench -- parse` for some of them.
 * Prints nanoseconds a thing, and how much faster ours is than each other way.
 */
import { readdirSync } from 'node:fs'
import { Bench } from 'tinybench'
import type { Trial } from './trial.ts'

const [wanted = ''] = process.argv.slice(2)
const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.bench.ts'))
for (const file of files.filter((name) => name.includes(wanted))) {
  const { TRIALS } = (await import(`./${file}`)) as { TRIALS: readonly Trial[] }
  for (const trial of TRIALS) await measure(trial)
}
process.exit(0)

async function measure({ name, unit, operations }: Trial): Promise<void> {
  const bench = new Bench({ time: 500, warmupTime: 200 })
  for (const operation of operations) bench.add(operation.name, () => operation.run())
  await bench.run()
  const figures = bench.tasks.map((task, index) => {
    const latency = 'latency' in task.result ? task.result.latency.p50 : Number.NaN
    return (latency * 1e6) / (operations[index]?.things ?? 1)
  })
  const [ours = Number.NaN] = figures
  console.log(`\n${name}`)
  console.table(
    operations.map((operation, index) => ({
      way: operation.name,
      [`ns per ${unit}`]: Math.round((figures[index] ?? Number.NaN) * 10) / 10,
      'ours is faster by': index === 0 ? '' : `${((figures[index] ?? 0) / ours).toFixed(1)} ×`,
    })),
  )
}
