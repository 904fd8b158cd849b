/**
 * `npm run mutants`: makes each mistake of mutants.ts in a copy of the sources, one at a time, and runs
 * the tests that have to notice. `npm run mutants -- "ignored"` takes those whose names have the text.
 * Prints the score and exits with 1 when a mutant survives. Needs what the integration lane needs.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sharedRegistry } from '../cluster/registry.ts'
import { sharedKafka } from '../cluster/shared-kafka.ts'
import { MUTANTS, type Mutant } from './mutants.ts'

const ROOT = join(import.meta.dirname, '../..')
const COPIED = ['src', 'test', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json']
const LINKED = ['node_modules', 'native-bindings', '.cache', 'docs', 'api']
/** A test that a mutant makes hang has noticed it. */
const LIMIT_MS = 300_000

const [wanted = ''] = process.argv.slice(2)
const chosen = MUTANTS.filter(({ name }) => name.includes(wanted))
const folder = mkdtempSync(join(tmpdir(), 'sluice-mutants-'))
const kafka = await sharedKafka()
const registry = await sharedRegistry()
const survivors: string[] = []
try {
  for (const path of COPIED) cpSync(join(ROOT, path), join(folder, path), { recursive: true })
  for (const path of LINKED) symlinkSync(join(ROOT, path), join(folder, path))
  const control = chosen.flatMap(({ tests }) => tests)
  if (!passes([...new Set(control)])) throw new Error('The tests fail without a mutant.')
  for (const mutant of chosen) {
    const isKilled = kills(mutant)
    if (!isKilled) survivors.push(mutant.name)
    console.log(`${isKilled ? 'killed  ' : 'SURVIVED'} ${mutant.name}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
  await registry.stop()
  await kafka.stop()
}
const killed = chosen.length - survivors.length
console.log(`\n${killed} of ${chosen.length} mutants were noticed.`)
process.exit(survivors.length === 0 ? 0 : 1)

function kills({ name, file, from, to, tests }: Mutant): boolean {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) {
    throw new Error(`The mutant "${name}" has no single place in ${file} any more.`)
  }
  try {
    writeFileSync(
      path,
      text.replace(from, () => to),
    )
    return tests.length > 0 && !passes(tests)
  } finally {
    writeFileSync(path, text)
  }
}

/** Whether the compiled sources and these test files pass. */
function passes(tests: readonly string[]): boolean {
  const environment = {
    ...process.env,
    KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrapServers,
    SCHEMA_REGISTRY_URL: registry.url,
  }
  const run = (command: string, args: readonly string[]) =>
    spawnSync(command, args, {
      cwd: folder,
      env: environment,
      stdio: 'ignore',
      timeout: LIMIT_MS,
    }).status === 0
  // Some tests run the compiled command. A mutant that does not compile is no mistake anyone ships.
  if (!run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json', '--noCheck'])) {
    throw new Error('The sources do not compile.')
  }
  return run(process.execPath, ['--import=tsx', '--test', '--test-timeout=120000', ...tests])
}
