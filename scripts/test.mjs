/**
 * `npm test`: sets up, then runs the test lanes in order: all, or those named as arguments. A lane
 * that fails doesn't stop the next; the exit code tells. Conformance runs beside integration, because
 * both wait much.
 *
 * What fails runs once more by itself: on a loaded machine a test may wait in vain. If it passes then, the lane passes, and
 * the summary names it as unsteady, to be mended.
 *
 * Node's own limit of a test file (`--test-timeout`) sees to it that nothing hangs for ever.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { failedFiles, failedPrograms, failures } from './lane-failures.mjs'
import { ROOT, setup } from './setup.mjs'
import {
  ensureSystemPackages,
  TEST_PACKAGES,
  withoutSystemPackagesFlag,
} from './system-packages.mjs'

/**
 * The lanes in their order. Each gives its output to `print`, and answers whether it passed.
 *
 * @type {Record<string, (print: (text: string) => void) => Promise<boolean>>}
 */
const LANES = {
  check,
  unit,
  native,
  addon,
  http,
  package: packages,
  integration,
  conformance,
  faults,
  hostile,
}
/** A lane that mostly waits, and another that runs beside it. The second one prints when the first is over. */
const BESIDE = { integration: 'conformance' }
/** Lanes that run only when they are named: they measure, for which a machine must be quiet. */
const NAMED_ONLY = ['hostile']
/** Lanes that work without Java, Maven and the like. */
const PLAIN_LANES = ['check', 'unit', 'addon', 'package']
/** Lanes whose tests use node-rdkafka as a client of Kafka. */
const KAFKA_LANES = ['integration', 'conformance', 'faults', 'hostile']

const REPOSITORY_TESTS = ['architecture', 'docs', 'repository'].map(
  (name) => `test/${name}.test.ts`,
)

/** More failures than these have one cause, and it is not the load. */
const MAX_SECOND_TRIES = 5
/** What failed, and passed by itself. */
const unsteady = []

/** The cluster that the lanes share, once one of them has asked for it: a promise. */
let kafka
/** The schema registry, likewise. */
let registry

const named = withoutSystemPackagesFlag(process.argv.slice(2))
const usual = Object.keys(LANES).filter((name) => !NAMED_ONLY.includes(name))
const chosen = named.length > 0 ? named : usual
const unknown = chosen.filter((name) => !Object.hasOwn(LANES, name))
if (unknown.length > 0) {
  console.error(`No such lane: ${unknown.join(', ')}. There are ${Object.keys(LANES).join(', ')}.`)
  process.exit(2)
}

setup()
await import('./typescript/register.mjs')
if (chosen.some((name) => !PLAIN_LANES.includes(name))) ensureSystemPackages(TEST_PACKAGES)
if (chosen.some((name) => KAFKA_LANES.includes(name))) {
  if (!(await run('npm', ['run', '--silent', 'build:client']))) process.exit(1)
}
const results = []
const hasRun = (name) => results.some((result) => result.name === name)
for (const name of chosen) {
  if (hasRun(name)) continue
  const beside = chosen.find((other) => other === BESIDE[name] && !hasRun(other))
  const output = []
  const other = beside && runLane(beside, (text) => output.push(text))
  results.push(await runLane(name))
  if (other) results.push(await other)
  process.stdout.write(output.join(''))
}
// The lane that asked for a server which did not start has said so.
for (const server of [kafka, registry]) await (await server?.catch(() => undefined))?.stop()
summarize()

async function runLane(name, print = (text) => process.stdout.write(text)) {
  const output = []
  const say = (text) => {
    output.push(text)
    print(text)
  }
  say(`\n=== ${name}\n`)
  const started = Date.now()
  const passed = await LANES[name](say).catch((error) => {
    say(`${error.message}\n`)
    return false
  })
  const result = { name, passed, seconds: (Date.now() - started) / 1000 }
  if (!passed) result.failures = failures(output.join(''))
  say(`=== ${describe(result)}\n`)
  return result
}

/** The failures come last, because some readers see only the end of a long log. */
function summarize() {
  for (const { name, passed, failures } of results) {
    if (!passed) console.log(`\nFailures of ${name}\n${failures}`)
  }
  for (const name of unsteady) console.log(`\nUnsteady: ${name} failed, and passed by itself.`)
  console.log('\nSummary')
  for (const result of results) console.log(`  ${describe(result)}`)
  const failed = results.filter(({ passed }) => !passed).length
  console.log(`Lanes: ${results.length - failed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

function describe({ name, passed, seconds }) {
  return `${name} ${passed ? 'passed' : 'FAILED'} in ${seconds.toFixed(1)} s`
}

/** All steps run, so that one look shows everything that is to be mended. */
async function check(print) {
  const steps = [
    await run(bin('biome'), ['check', '--error-on-warnings'], {}, print),
    await run(process.execPath, ['scripts/format-native.mjs'], {}, print),
    await run(bin('tsc'), ['--noEmit'], {}, print),
    await runTests(REPOSITORY_TESTS, { limitSeconds: 60, print }),
  ]
  return steps.every(Boolean)
}

async function unit(print) {
  return runTests(testFiles('test/unit'), { limitSeconds: 300, print })
}

/** The engine without Node.js: once, whatever the version of Node.js. */
async function native(print) {
  const make = (goals, { isAlone, print }) => {
    const jobs = isAlone ? 1 : availableParallelism()
    const args = ['-C', 'native-bindings', `-j${jobs}`, '--keep-going', ...goals]
    return run('make', args, {}, print)
  }
  // Compilers would take the time of tests.
  if (!(await make(['tests'], { isAlone: false, print }))) return false
  return withSecondTry(['test'], make, failedPrograms, print)
}

/** The addon from JavaScript. */
async function addon(print) {
  return runTests(testFiles('test/native'), { limitSeconds: 300, flags: ['--expose-gc'], print })
}

/** HTTP/1.1 and TLS over sockets, without Kafka. One file mostly waits: it is a third one beside two that work. */
async function http(print) {
  return runTests(testFiles('test/http'), { limitSeconds: 900, concurrency: 3, print })
}

/** The npm packages, installed from their tarballs. */
async function packages(print) {
  return runTests(testFiles('test/package'), { limitSeconds: 900, print })
}

/** The last file judges which errors the others have provoked, so that it runs after them. */
async function integration(print) {
  const last = 'test/integration/provoked-errors.test.ts'
  const files = testFiles('test/cluster', 'test/integration').filter((path) => path !== last)
  const folder = mkdtempSync(join(tmpdir(), 'sluice-errors-'))
  const env = { ...(await sharedServers()), SLUICE_SEEN_ERRORS: folder }
  const results = [
    await runTests(files, { limitSeconds: 300, env, print }),
    await runTests([last], { limitSeconds: 60, env, print }),
  ]
  rmSync(folder, { recursive: true })
  return results.every(Boolean)
}

/** Sluice as a process of its own, in each of the worlds that the cases need. */
async function conformance(print) {
  const env = await sharedServers()
  return runTests(testFiles('test/conformance'), { limitSeconds: 300, env, print })
}

/** One file at a time: they start clusters of three and load both cores by themselves. */
async function faults(print) {
  return runTests(testFiles('test/faults'), { limitSeconds: 3600, concurrency: 1, print })
}

/** By itself: it measures what one process does. Takes about ten minutes. */
async function hostile(print) {
  const env = await sharedKafka()
  return runTests(testFiles('test/hostile'), { limitSeconds: 1800, concurrency: 1, env, print })
}

/** The environment that names the Kafka and the registry of all test files; starts what is missing. */
async function sharedServers() {
  const [kafkaEnv, registryEnv] = await Promise.all([sharedKafka(), sharedRegistry()])
  return { ...kafkaEnv, ...registryEnv }
}

async function sharedKafka() {
  if (process.env.KAFKA_BOOTSTRAP_SERVERS) return {}
  kafka ??= import('../test/cluster/kafka.ts').then(({ startKafka }) => startKafka())
  return { KAFKA_BOOTSTRAP_SERVERS: (await kafka).bootstrapServers }
}

async function sharedRegistry() {
  if (process.env.SCHEMA_REGISTRY_URL) return {}
  registry ??= import('../test/cluster/registry.ts').then(({ startRegistry }) => startRegistry())
  return { SCHEMA_REGISTRY_URL: (await registry).url }
}

function testFiles(...folders) {
  return folders
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true }).map((path) => join(folder, path)),
    )
    .filter((path) => path.endsWith('.test.ts'))
    .sort()
}

async function runTests(files, { limitSeconds, concurrency = 2, flags = [], env, print }) {
  const runFiles = (names, { isAlone, print }) => {
    const args = [
      ...flags,
      `--import=${new URL('./typescript/register.mjs', import.meta.url)}`,
      '--test',
      '--test-reporter=spec',
      `--test-timeout=${limitSeconds * 1000}`,
      `--test-concurrency=${isAlone ? 1 : concurrency}`,
      ...names,
    ]
    return run(process.execPath, args, env, print)
  }
  return withSecondTry(files, runFiles, failedFiles, print)
}

/**
 * Runs tests, and those that fail once more, one at a time. Answers whether all passed in the end.
 *
 * @param {string[]} names
 * @param {(names: string[], how: { isAlone: boolean, print: (text: string) => void }) => Promise<boolean>} runAll
 * @param {(output: string) => string[]} failedIn the names of those that failed
 */
async function withSecondTry(names, runAll, failedIn, print) {
  const output = []
  const say = (text) => {
    output.push(text)
    print(text)
  }
  if (await runAll(names, { isAlone: false, print: say })) return true
  const failed = failedIn(output.join(''))
  if (failed.length === 0 || failed.length > MAX_SECOND_TRIES) return false
  print(`\n=== again, one at a time: ${failed.join(', ')}\n`)
  if (!(await runAll(failed, { isAlone: true, print }))) return false
  unsteady.push(...failed)
  return true
}

/**
 * Runs a command in the project's root. Its output is ours, or is given to `print`. Answers whether the command succeeded.
 */
async function run(command, args, env = {}, print) {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: print ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  })
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', print)
  try {
    const [code] = await once(child, 'close')
    return code === 0
  } catch (error) {
    console.error(`${command} does not start: ${error.message}`)
    return false
  }
}

function bin(name) {
  return join(ROOT, 'node_modules/.bin', name)
}
