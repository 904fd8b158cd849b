/**
 * Builds Sluice's uWebSockets.js for the running Node.js, once for its ABI on a machine. See
 * docs/decisions/0032-uwebsockets-is-built-from-source.md.
 *
 *   node scripts/native/uws.mjs FOLDER
 *
 * writes the patched sources to a folder, for the tests and fuzz targets of its parts.
 */
import { cpSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached, dropObjectsOfOther, hashOf, install } from './build-cache.mjs'
import { make } from './compile.mjs'
import { nodeHeaders } from './node-headers.mjs'
import { toolchain } from './toolchain.mjs'
import { patchedUws, writeTree } from './uws-sources.mjs'

const NATIVE_BINDINGS = join(dirname(fileURLToPath(import.meta.url)), '../../native-bindings')
const { uwsAddon } = createRequire(import.meta.url)(join(NATIVE_BINDINGS, 'prebuilt.js'))
const ADDON = uwsAddon()
const ABI = process.versions.modules
/** What says how the sources are compiled. */
const MAKEFILES = ['Makefile', 'uws/exports.map']
const TREE = join(NATIVE_BINDINGS, 'build/uws/tree')
const OBJECTS = join(NATIVE_BINDINGS, 'build/uws', ABI)
/** As many units does native-bindings/Makefile compile. */
const UNITS = 12

/** Brings build/Release/uws-<ABI>.node up to date. Throws an error that says what prevents it. */
export async function buildUws() {
  const files = await patchedUws()
  const makefiles = MAKEFILES.map((name) => readFileSync(join(NATIVE_BINDINGS, name)))
  const surroundings = hashOf([...makefiles, toolchain(), ABI])
  const hash = hashOf([surroundings, ...[...files].flat()])
  const built = await cached(`uws-${ABI}`, hash, async (output) => {
    writeTree(files, TREE)
    dropObjectsOfOther(OBJECTS, surroundings)
    const args = ['-C', NATIVE_BINDINGS, 'uws', `ABI=${ABI}`, `NODE_HEADERS=${nodeHeaders()}`]
    await make(`uWebSockets.js for Node.js ${process.versions.node}`, UNITS, args)
    if (writeTree(files, TREE) > 0)
      throw new Error('The sources changed during the build: run it again.')
    cpSync(join(OBJECTS, ADDON), join(output, ADDON))
  })
  install(join(built, ADDON), join(NATIVE_BINDINGS, 'build/Release', ADDON))
}

/** Builds it with AddressSanitizer and UndefinedBehaviorSanitizer. Returns its file. */
export async function buildSanitizedUws() {
  writeTree(await patchedUws(), TREE)
  const args = ['-C', NATIVE_BINDINGS, 'uws', 'LANE=asan', `ABI=${ABI}`]
  await make('uWebSockets.js with sanitizers', UNITS, [...args, `NODE_HEADERS=${nodeHeaders()}`])
  return join(`${OBJECTS}-asan`, ADDON)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    writeTree(await patchedUws(), process.argv[2])
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
