/**
 * `npm test`: sets up, then runs the test lanes in order: all, or those named as arguments. A lane
 * that fails doesn't stop the next; the exit code tells.
 *
 * Node's own limit of a test file (`--test-timeout`) sees to it that nothing hangs for ever.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT, setup } from './setup.mjs'
import {
  ensureSystemPackages,
  TEST_PACKAGES,
  withoutSystemPackagesFlag,
} from './system-packages.mjs'

/**
 * The lanes in their order. Each answers whether it passed.
 *
 * @type {Record<string, () => Promise<boolean>>}
 */
const LANES = { check, unit, native, integration, conformance, faults, hostile }
/** Lanes that run only when they are named: they measure, for which a machine must be quiet. */
const NAMED_ONLY = ['hostile']
/** Lanes that work without Java, Maven and the like. */
const PLAIN_LANES = ['check', 'unit']

const REPOSITORY_TESTS = ['architecture', 'docs', 'repository'].map(
  (name) => `test/${name}.test.ts`,
)

/** The cluster that the lanes share, once one of them has asked for it. */
let kafka
/** So with the schema registry. */
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
if (chosen.some((name) => !PLAIN_LANES.includes(name))) ensureSystemPackages(TEST_PACKAGES)
const results = []
for (const name of chosen) results.push(await runLane(name))
await kafka?.stop()
await registry?.stop()
summarize()

async function runLane(name) {
  console.log(`\n=== ${name}`)
  const started = Date.now()
  const passed = await LANES[name]().catch((error) => {
    console.error(error.message)
    return false
  })
  const result = { name, passed, seconds: (Date.now() - started) / 1000 }
  console.log(`=== ${describe(result)}`)
  return result
}

function summarize() {
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
async function check() {
  const steps = [
    await run(bin('biome'), ['check', '--error-on-warnings']),
    await run(process.execPath, ['scripts/format-native.mjs']),
    await run(bin('tsc'), ['--noEmit']),
    await runTests(REPOSITORY_TESTS, { limitSeconds: 60 }),
  ]
  return steps.every(Boolean)
}

async function unit() {
  return runTests(testFiles('test/unit'), { limitSeconds: 300 })
}

async function native() {
  const unitTests = await run('make', [
    '-C',
    'native-bindings',
    `-j${availableParallelism()}`,
    '--keep-going',
    'test',
  ])
  const contractTests = await runTests(testFiles('test/native'), {
    limitSeconds: 300,
    flags: ['--expose-gc'],
  })
  return unitTests && contractTests
}

/** The last file judges which errors the others have provoked, so that it runs after them. */
async function integration() {
  await shareKafka()
  await shareRegistry()
  const last = 'test/integration/provoked-errors.test.ts'
  const files = testFiles('test/cluster', 'test/integration').filter((path) => path !== last)
  const folder = mkdtempSync(join(tmpdir(), 'sluice-errors-'))
  process.env.SLUICE_SEEN_ERRORS = folder
  const results = [
    await runTests(files, { limitSeconds: 300 }),
    await runTests([last], { limitSeconds: 60 }),
  ]
  rmSync(folder, { recursive: true })
  return results.every(Boolean)
}

/** Sluice as a process of its own, in each of the worlds that the cases need. */
async function conformance() {
  await shareKafka()
  await shareRegistry()
  return runTests(testFiles('test/conformance'), { limitSeconds: 300 })
}

/** One file at a time: they start clusters of three and load both cores by themselves. */
async function faults() {
  return runTests(testFiles('test/faults'), { limitSeconds: 1200, concurrency: 1 })
}

/** By itself: it measures what one process does. Takes about ten minutes. */
async function hostile() {
  await shareKafka()
  return runTests(testFiles('test/hostile'), { limitSeconds: 1800, concurrency: 1 })
}

/** Starts the one Kafka that all test files use, unless the caller has named another. */
async function shareKafka() {
  if (process.env.KAFKA_BOOTSTRAP_SERVERS) return
  const { tsImport } = await import('tsx/esm/api')
  const { startKafka } = await tsImport('../test/cluster/kafka.ts', import.meta.url)
  console.log('Starting Apache Kafka (a few seconds)…')
  kafka = await startKafka()
  process.env.KAFKA_BOOTSTRAP_SERVERS = kafka.bootstrapServers
}

/** Starts the one schema registry that all test files use, unless the caller has named another. */
async function shareRegistry() {
  if (process.env.SCHEMA_REGISTRY_URL) return
  const { tsImport } = await import('tsx/esm/api')
  const { startRegistry } = await tsImport('../test/cluster/registry.ts', import.meta.url)
  console.log('Starting a schema registry (ten seconds)…')
  registry = await startRegistry()
  process.env.SCHEMA_REGISTRY_URL = registry.url
}

function testFiles(...folders) {
  return folders
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true }).map((path) => join(folder, path)),
    )
    .filter((path) => path.endsWith('.test.ts'))
    .sort()
}

async function runTests(files, { limitSeconds, concurrency = 2, flags = [] }) {
  return run(process.execPath, [
    ...flags,
    '--import=tsx',
    '--test',
    '--test-reporter=spec',
    `--test-timeout=${limitSeconds * 1000}`,
    `--test-concurrency=${concurrency}`,
    ...files,
  ])
}

/** Runs a command in the project's root, with its output on ours. Answers whether it succeeded. */
async function run(command, args) {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit' })
  try {
    const [code] = await once(child, 'exit')
    return code === 0
  } catch (error) {
    console.error(`${command} does not start: ${error.message}`)
    return false
  }
}

function bin(name) {
  return join(ROOT, 'node_modules/.bin', name)
}
