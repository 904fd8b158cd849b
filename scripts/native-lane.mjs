/**
 * Runs the native tests under sanitizers, or the fuzz targets, after installing what that needs:
 * `node scripts/native-lane.mjs asan|tsan|fuzz [seconds]`. The lane `asan` then runs the tests over
 * sockets on a uWebSockets.js with sanitizers.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { buildSanitizedUws } from './native/uws.mjs'
import { ROOT, setup } from './setup.mjs'
import { ensureSystemPackages, FUZZ_PACKAGES, TEST_PACKAGES } from './system-packages.mjs'

const GTEST = TEST_PACKAGES.filter(({ name }) => name === 'libgtest-dev')

/** The packages of each lane, and what it asks make for. */
const LANES = {
  asan: { packages: GTEST, goal: ['test', 'LANE=asan'] },
  tsan: { packages: GTEST, goal: ['test', 'LANE=tsan'] },
  fuzz: { packages: FUZZ_PACKAGES, goal: ['fuzz'] },
}

const [lane = '', seconds = '60'] = process.argv.slice(2)
if (!Object.hasOwn(LANES, lane) || !/^[1-9]\d*$/.test(seconds)) {
  console.error('Usage: node scripts/native-lane.mjs asan|tsan|fuzz [seconds]')
  process.exit(2)
}

const { packages, goal } = LANES[lane]
const missing = ensureSystemPackages(packages)
if (missing.length > 0) process.exit(1)
const { status, error } = spawnSync(
  'make',
  [
    '-C',
    'native-bindings',
    `-j${availableParallelism()}`,
    '--keep-going',
    ...goal,
    `SECONDS=${seconds}`,
  ],
  { cwd: ROOT, stdio: 'inherit' },
)
if (error) console.error(`make did not start: ${error.message}`)
const passed = status === 0 && (lane !== 'asan' || (await runSocketTests()))
process.exit(passed ? 0 : 1)

/** Whether the tests pass on a uWebSockets.js with sanitizers, inside a Node.js without. */
async function runSocketTests() {
  setup()
  const libraries = ['libasan.so', 'libubsan.so'].map((name) =>
    execFileSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim(),
  )
  const env = {
    ...process.env,
    SLUICE_SANITIZED_UWS: await buildSanitizedUws(),
    // What a sanitizer intercepts, it has to see first. V8 frees nothing at its end.
    LD_PRELOAD: libraries.join(' '),
    ASAN_OPTIONS: 'halt_on_error=1:allocator_may_return_null=1:detect_leaks=0',
    UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
    NODE_OPTIONS: `--require=${join(ROOT, 'scripts/native/sanitized-uws.cjs')}`,
  }
  const args = ['scripts/test.mjs', 'http']
  return spawnSync(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' }).status === 0
}
