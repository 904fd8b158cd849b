/**
 * Makes a fresh clone runnable, and does nothing when nothing changed: system packages, npm
 * packages (which builds librdkafka), the addon, TypeScript.
 *
 * Plain JavaScript without packages, because it is what installs them.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildEnvironment } from './node-headers.mjs'
import {
  BUILD_PACKAGES,
  ensureSystemPackages,
  withoutSystemPackagesFlag,
} from './system-packages.mjs'

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
/** Lies in each product and names its inputs, so that a product is copied or removed with it. */
const STAMP = '.sluice-setup'

/** Brings everything that `npm start` needs up to date. Exits the process when a step fails. */
export function setup() {
  const packages = digest(['package-lock.json']) + process.versions.modules
  const sources = [
    'native-bindings/src',
    'native-bindings/binding.gyp',
    'native-bindings/librdkafka',
  ]
  const native = digest([...sources, 'scripts/patch-librdkafka.mjs']) + packages
  step('node_modules', packages, () => {
    ensureSystemPackages(BUILD_PACKAGES)
    console.log('Installing npm packages; librdkafka is built from source (about 3 minutes)…')
    npm('ci', '--no-audit', '--no-fund', '--loglevel', 'error')
  })
  step('native-bindings/build', native, () => npm('run', '--silent', 'build:native'))
  step('dist', digest(['src', 'tsconfig.json', 'tsconfig.build.json']) + packages, () => {
    console.log('Compiling TypeScript…')
    npm('run', '--silent', 'build')
  })
}

/** Runs `work` unless the folder `product` was made from the same `version`. */
function step(product, version, work) {
  const file = join(ROOT, product, STAMP)
  if (existsSync(file) && readFileSync(file, 'utf8') === version) return
  work()
  writeFileSync(file, version)
}

function npm(...args) {
  const { status } = spawnSync('npm', args, {
    cwd: ROOT,
    env: buildEnvironment(),
    stdio: 'inherit',
  })
  if (status !== 0) {
    console.error(`"npm ${args.join(' ')}" failed; what it printed above says why.`)
    process.exit(status ?? 1)
  }
}

/** A digest of the content of files, and of the files below folders. */
function digest(paths) {
  const hash = createHash('sha256')
  const add = (path) => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) add(join(path, name))
    } else hash.update(relative(ROOT, path)).update(readFileSync(path))
  }
  for (const path of paths) add(join(ROOT, path))
  return hash.digest('hex')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  withoutSystemPackagesFlag(process.argv)
  setup()
}
