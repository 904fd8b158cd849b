/**
 * Runs the engine's own tests under sanitizers, or its fuzz targets, after installing what that
 * needs: `node scripts/native-lane.mjs asan|tsan|fuzz [seconds]`.
 */
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { ROOT } from './setup.mjs'
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
process.exit(status ?? 1)
