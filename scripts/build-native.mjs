/**
 * Patches librdkafka, and builds the addon with node-gyp into native-bindings/build. Run by npm as
 * `install` too.
 */
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildEnvironment } from './node-headers.mjs'
import { patchLibrdkafka } from './patch-librdkafka.mjs'

const directory = join(dirname(fileURLToPath(import.meta.url)), '../native-bindings')

// Without its patches librdkafka fails records for others, and writes some twice.
try {
  patchLibrdkafka(directory)
} catch (error) {
  console.error(`librdkafka could not be patched: ${error.message}`)
  process.exit(1)
}

console.log('Building the native engine (about a minute)…')
// Not "rebuild": what did not change need not be compiled again, and build/ holds more than this.
const { status, error } = spawnSync(
  'node-gyp',
  ['configure', 'build', '--jobs', 'max', '--loglevel', 'warn'],
  {
    cwd: directory,
    env: buildEnvironment(),
    stdio: ['ignore', 'ignore', 'inherit'],
  },
)
if (error) console.error(`node-gyp did not start (${error.message}): run it through npm.`)
process.exit(status ?? 1)
