/**
 * Builds the addons into native-bindings/build/Release: the engine as sluice.node, with
 * librdkafka.so.1 beside it, and uWebSockets.js as uws-<ABI>.node. Built once for the same sources
 * on a machine (native/build-cache.mjs); the engine for all versions of Node.js, because it uses
 * Node-API only. npm runs this as `install`.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached, dropObjectsOfOther, hashOf, install } from './native/build-cache.mjs'
import { make } from './native/compile.mjs'
import { buildLibrdkafka, LIBRARY, patchedLibrdkafka } from './native/librdkafka.mjs'
import { nodeHeaders } from './native/node-headers.mjs'
import { toolchain } from './native/toolchain.mjs'
import { buildUws } from './native/uws.mjs'
import { needsClients } from './native/uws-sources.mjs'
import { BUILD_PACKAGES, FETCH_PACKAGES, missingPackages, tellMissing } from './system-packages.mjs'

const NATIVE_BINDINGS = join(dirname(fileURLToPath(import.meta.url)), '../native-bindings')
const require = createRequire(import.meta.url)
const { locate } = require(join(NATIVE_BINDINGS, 'locate.js'))
const { prebuiltFile, uwsAddon } = require(join(NATIVE_BINDINGS, 'prebuilt.js'))
const RELEASE = join(NATIVE_BINDINGS, 'build/Release')
const OBJECTS = join(NATIVE_BINDINGS, 'build/addon')
const ADDON = 'sluice.node'
/** About as many units does native-bindings/Makefile compile. */
const UNITS = 19

/**
 * What the engine is built from, as two hashes: of all, and of what no dependency file of make
 * names. Throws an error when there is no compiler.
 */
function engineInputs() {
  const makefile = readFileSync(join(NATIVE_BINDINGS, 'Makefile'))
  const surroundings = hashOf([patchedLibrdkafka().hash, toolchain(), makefile])
  const simdjson = join(NATIVE_BINDINGS, locate('@nozbe/simdjson'), 'src')
  const sources = [...filesBelow(join(NATIVE_BINDINGS, 'src')), ...filesBelow(simdjson)]
  return { surroundings, all: hashOf([surroundings, ...sources.flat()]) }
}

/** Builds what no installed package has. Throws an error that says what prevents it. */
async function buildAddons() {
  const [needsEngine, needsUws] = [ADDON, uwsAddon()].map((addon) => !isPrebuilt(addon))
  if (!needsEngine && !needsUws) return
  const fetching = needsUws && needsClients() ? FETCH_PACKAGES : []
  const missing = missingPackages([...BUILD_PACKAGES, ...fetching])
  tellMissing(missing)
  if (missing.some(({ isNeeded }) => isNeeded)) throw new Error('The addons cannot be built.')
  // At once: librdkafka's configuration and the last unit of an addon leave a core idle.
  const builds = [needsEngine && buildEngine(), needsUws && buildUws()]
  const failed = (await Promise.allSettled(builds)).find(({ status }) => status === 'rejected')
  if (failed) throw failed.reason
}

/** Builds the engine, or takes it from the cache. */
async function buildEngine() {
  const librdkafka = await buildLibrdkafka()
  const { all, surroundings } = engineInputs()
  const engine = await cached('engine', all, async (output) => {
    dropObjectsOfOther(OBJECTS, surroundings)
    const args = ['-C', NATIVE_BINDINGS, 'addon', `NODE_HEADERS=${nodeHeaders()}`]
    await make('the native engine', UNITS, args)
    if (engineInputs().all !== all)
      throw new Error('The sources changed during the build: run it again.')
    cpSync(join(OBJECTS, ADDON), join(output, ADDON))
  })
  install(join(engine, ADDON), join(RELEASE, ADDON))
  install(join(librdkafka, LIBRARY), join(RELEASE, LIBRARY))
}

/** Pairs of a path, which is relative to the folder, and a content. */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => /\.(cc|cpp|h)$/.test(name))
    .sort()
    .map((name) => [name, readFileSync(join(folder, name))])
}

/** Whether a package with this addon, built elsewhere, is installed, and the addon loads here. */
function isPrebuilt(addon) {
  const file = prebuiltFile(addon)
  if (!file) return false
  const load = `process.dlopen({ exports: {} }, ${JSON.stringify(file)})`
  const { status, stderr } = spawnSync(process.execPath, ['--eval', load], { encoding: 'utf8' })
  if (status !== 0) console.warn(`${file} does not load here and is built anew: ${stderr.trim()}`)
  return status === 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await buildAddons()
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
