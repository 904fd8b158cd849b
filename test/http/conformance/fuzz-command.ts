/** `npm run fuzz:http1 -- MINUTES [SEED]`: mutants of the cases of HTTP/1.1. Exits with 1 for a finding. */
import { fuzz } from './fuzz.ts'

const MINUTE_MS = 60_000

const [minutes = 1, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number)
if (!(minutes > 0 && Number.isInteger(seed))) {
  console.error('Give a number of minutes, and a seed, such as "10 1".')
  process.exit(2)
}
const end = performance.now() + minutes * MINUTE_MS
const { mutants, requests, findings } = await fuzz(seed, () => performance.now() > end)
for (const { fault, pieces } of findings) console.log(`${fault}\n  of ${JSON.stringify(pieces)}\n`)
console.log(`seed ${seed}: ${mutants} mutants, ${requests} requests, ${findings.length} findings`)
process.exit(findings.length > 0 ? 1 : 0)
