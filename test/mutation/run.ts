/**
 * `npm run mutants`: makes each mistake of the lists in a copy of the sources, one at a time, and runs
 * the tests that may notice until one fails. Needs what the integration lane needs.
 *
 *     npm run mutants -- src/http               those whose list, file or name has the text
 *     npm run mutants -- --sample 60 --seed 1   so many that a machine makes, instead of the lists
 *     npm run mutants -- --workers 2            two at a time
 *     npm run mutants -- --without-kafka        with unit tests and those of the addon only
 *     npm run mutants -- --left                 those that results.json does not know to be noticed
 *     npm run mutants -- --record               writes results.json, and with it docs/reliability.md
 *
 * Prints the score, and exits with 1 when a mutant survives of which results.json does not say why.
 */
import { parseArgs } from 'node:util'
import { sharedRegistry } from '../cluster/registry.ts'
import { sharedKafka } from '../cluster/shared-kafka.ts'
import { IGNORED_KEYS } from './ignored-keys.ts'
import { MISTAKES } from './mistakes/index.ts'
import type { Mutant } from './mutant.ts'
import { type Group, type Result, readResults, recordResults } from './results.ts'
import { shuffledMutants } from './sample.ts'
import { Sandbox } from './sandbox.ts'
import { needsKafka } from './tests-of.ts'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
    'without-kafka': { type: 'boolean', default: false },
    left: { type: 'boolean', default: false },
  },
})
const [wanted = ''] = positionals
const isLocal = options['without-kafka']

const lists: [Group, readonly Mutant[]][] = options.sample
  ? [['sample', shuffledMutants(Number(options.seed))]]
  : [
      ['mistakes', MISTAKES],
      ['keys', IGNORED_KEYS],
    ]
/** Mutants that do not compile make room for others. */
const limit = options.sample ? Number(options.sample) : Number.POSITIVE_INFINITY

const kafka = isLocal ? undefined : await sharedKafka()
const registry = isLocal ? undefined : await sharedRegistry()
const environment = {
  ...(kafka && { KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrapServers }),
  ...(registry && { SCHEMA_REGISTRY_URL: registry.url }),
}
const sandboxes = Array.from({ length: Number(options.workers) }, () => new Sandbox(environment))
let survivors = 0
try {
  for (const [group, mutants] of lists) await runGroup(group, mutants)
} finally {
  for (const sandbox of sandboxes) sandbox.remove()
  await registry?.stop()
  await kafka?.stop()
}
process.exit(survivors === 0 ? 0 : 1)

async function runGroup(group: Group, mutants: readonly Mutant[]): Promise<void> {
  const noticed = readResults()[group]
  const chosen = mutants
    .filter(({ file, name }) => `${group} ${file} ${name}`.includes(wanted))
    .filter(({ name }) => !(options.left && noticed[name] && 'by' in noticed[name]))
  const results = new Map<string, Result>()
  await share(chosen, async (sandbox, mutant) => {
    if (results.size >= limit) return
    const result = await resultOf(sandbox, mutant, group === 'sample')
    if (!result || results.size >= limit) return
    results.set(mutant.name, result)
    if (options.record) record(group, mutants, results)
  })
  if (chosen.length > 0) report(group, results)
}

/** Undefined for what does not compile, and for what none of the chosen tests is about. */
async function resultOf(
  sandbox: Sandbox,
  mutant: Mutant,
  isChecked: boolean,
): Promise<Result | undefined> {
  const tests = mutant.tests.filter((test) => !isLocal || !needsKafka(test))
  if (tests.length === 0) return undefined
  const started = performance.now()
  const outcome = await sandbox.judge({ ...mutant, tests }, isChecked)
  if (outcome.kind === 'does not compile') return undefined
  const isKilled = outcome.kind === 'killed'
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  const end = isKilled ? `killed by ${outcome.by}` : 'SURVIVED'
  console.log(`${mutant.name}\n    ${end}, ${seconds} s`)
  return isKilled ? { by: outcome.by } : { survived: '' }
}

function record(group: Group, mutants: readonly Mutant[], results: Map<string, Result>): void {
  const names = group === 'sample' ? [...results.keys()] : mutants.map(({ name }) => name)
  // What survives some of its tests says nothing.
  const known = [...results].filter(([, result]) => !isLocal || 'by' in result)
  recordResults(group, names, new Map(known))
}

function report(group: Group, results: ReadonlyMap<string, Result>): void {
  const why = readResults()[group]
  const left = [...results].filter(([, result]) => 'survived' in result).map(([name]) => name)
  console.log(`\n${group}: ${results.size - left.length} of ${results.size} mutants were noticed.`)
  for (const name of left) {
    const known = why[name]
    if (known && 'survived' in known && known.survived !== '') {
      console.log(`  survived: ${name}\n    ${known.survived}`)
    } else {
      survivors++
      console.log(`  SURVIVED: ${name}`)
    }
  }
}

/** Each item is done by one of the sandboxes. */
async function share<T>(
  items: readonly T[],
  work: (sandbox: Sandbox, item: T) => Promise<void>,
): Promise<void> {
  const left = [...items]
  await Promise.all(
    sandboxes.map(async (sandbox) => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) {
        await work(sandbox, item)
      }
    }),
  )
}
