/**
 * Makes a fresh clone runnable, and does nothing when nothing changed: system packages, npm
 * packages, the addons, TypeScript.
 *
 * Plain JavaScript without packages, because it is what installs them.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashOf } from './native/build-cache.mjs'
import { buildEnvironment } from './native/node-headers.mjs'
import { toolchain } from './native/toolchain.mjs'
import { needsClients } from './native/uws-sources.mjs'
import {
  BUILD_PACKAGES,
  ensureSystemPackages,
  FETCH_PACKAGES,
  withoutSystemPackagesFlag,
} from './system-packages.mjs'

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
/** Lies in each product and names its inputs, so that a product is copied or removed with it. */
const STAMP = '.sluice-setup'
const ADDON_SOURCES = [
  'native-bindings/Makefile',
  'native-bindings/librdkafka',
  'native-bindings/src',
  'native-bindings/uws',
  'scripts/build-native.mjs',
  'scripts/native',
]

/** Brings everything that `npm start` needs up to date. Exits the process when a step fails. */
export function setup() {
  const packages = () => digest(['package-lock.json'])
  step('node_modules', packages, () => {
    console.log('Installing npm packages…')
    // No package's own install script: that of node-rdkafka would build a second librdkafka.
    npm('ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error')
  })
  // One of the addons is for the ABI of the running Node.js.
  const abi = process.versions.modules
  const addons = () => digest(ADDON_SOURCES) + packages() + compilers() + abi
  step('native-bindings/build/Release', addons, () => {
    ensureSystemPackages([...BUILD_PACKAGES, ...(needsClients() ? FETCH_PACKAGES : [])])
    npm('run', '--silent', 'build:native')
  })
  const typescript = () =>
    digest(['src', 'tsconfig.json', 'tsconfig.build.json', 'scripts/copy-viewer.mjs']) + packages()
  step('dist', typescript, () => {
    console.log('Compiling TypeScript…')
    rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
    npm('run', '--silent', 'build')
  })
}

/** A compiler or a library that was installed later makes another engine. */
function compilers() {
  try {
    return toolchain()
  } catch {
    return 'none'
  }
}

/** Runs `work` unless the folder `product` was made from what `version` answers. */
function step(product, version, work) {
  const stamp = join(ROOT, product, STAMP)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version()) return
  const started = Date.now()
  work()
  console.log(`${product} is up to date after ${Math.round((Date.now() - started) / 1000)} s.`)
  // Asked again: the work may have installed a compiler.
  writeFileSync(stamp, version())
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

/** The hash of the names and contents of files, and of the files below folders. */
function digest(paths) {
  const partsOf = (path) => {
    if (!statSync(path).isDirectory()) return [relative(ROOT, path), readFileSync(path)]
    return readdirSync(path)
      .sort()
      .flatMap((name) => partsOf(join(path, name)))
  }
  return hashOf(paths.flatMap((path) => partsOf(join(ROOT, path))))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  withoutSystemPackagesFlag(process.argv)
  setup()
}
