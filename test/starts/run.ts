/**
 * `npm run starts`: starts and stops Sluice under load, so many times with each number of event loops.
 *
 *     npm run starts -- 1000             with 1, 2 and 4 event loops
 *     npm run starts -- 100 --loops 2
 *
 * Prints what went wrong, and exits with 1 when anything did.
 */
import { parseArgs } from 'node:util'
import { live } from './life.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { loops: { type: 'string', default: '1,2,4' } },
})
const count = Number(positionals[0] ?? 100)
let faults = 0
for (const loops of values.loops.split(',').map(Number)) {
  let acknowledged = 0
  let slowest = 0
  let wrong = 0
  for (let index = 0; index < count; index++) {
    // From a stop before the first request to one under full load.
    const life = await live(loops, (index % 10) * 100)
    acknowledged += life.acknowledged
    slowest = Math.max(slowest, life.stopMs)
    if (life.fault !== undefined) {
      wrong++
      console.log(`${loops} event loops, start ${index}: ${life.fault}`)
    }
  }
  faults += wrong
  console.log(
    `${loops} event loops: ${count} starts and stops, ${wrong} went wrong; ${acknowledged} requests ` +
      `were acknowledged; the slowest stop took ${Math.round(slowest)} ms`,
  )
}
process.exit(faults > 0 ? 1 : 0)
