/**
 * The sources of Sluice's uWebSockets.js: those of three packages, with native-bindings/uws/overlay
 * in place of some files and native-bindings/uws/patches applied to others.
 *
 * | tree          | package, and what checks its content                                     |
 * |---------------|--------------------------------------------------------------------------|
 * | `wrapper`     | npm's uwebsockets; npm, by package-lock.json                             |
 * | `uWebSockets` | the crate libuwebsockets-sys; this file, by native-bindings/uws/Cargo.toml |
 * | `uSockets`    | the same                                                                 |
 * | `llhttp`      | PyPI's llhttp; pip, by native-bindings/uws/requirements.txt              |
 *
 * What Cargo and pip have fetched stays in the cache of built files: a second build needs neither.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached, hashOf, isCached } from './build-cache.mjs'
import { applyPatches, readPatches } from './patches.mjs'

const NATIVE_BINDINGS = join(dirname(fileURLToPath(import.meta.url)), '../../native-bindings')
const UWS = join(NATIVE_BINDINGS, 'uws')
const { locate } = createRequire(import.meta.url)(join(NATIVE_BINDINGS, 'locate.js'))
/** Where the npm package has the sources; a clone has no such folder. */
export const BUNDLED = join(UWS, 'sources')
/** What names the fetched packages, with their checksums. */
const LOCKS = ['Cargo.toml', 'requirements.txt']
const CARGO_FILES = ['Cargo.toml', 'bindgen/Cargo.toml']
const FETCHED = 'uws-sources'
const CRATE = 'libuwebsockets-sys'
const SOURCE = /\.(c|cpp|h)$/

/** The patched sources: a map from paths, which begin with the name of a tree, to texts. */
export async function patchedUws() {
  const files = await originalUws()
  const overlay = filesBelow(join(UWS, 'overlay'))
  // A patch of a file that is replaced finds no such file, instead of being without effect.
  for (const [path] of overlay) files.delete(path)
  applyPatches(files, readPatches(join(UWS, 'patches')))
  for (const [path, text] of overlay) files.set(path, text)
  return files
}

/** The sources as their packages have them. */
export async function originalUws() {
  if (existsSync(BUNDLED)) return new Map(filesBelow(BUNDLED))
  const folder = await fetchUws()
  const wrapper = join(NATIVE_BINDINGS, locate('uWebSockets.js'), 'src')
  return new Map([...filesBelow(wrapper, 'wrapper'), ...filesBelow(folder)])
}

/** Whether the next build needs Cargo and pip. */
export function needsClients() {
  return !existsSync(BUNDLED) && !isCached(FETCHED, lockHash())
}

/** The folder in the cache with what Cargo and pip fetch. Throws an error that says what is missing. */
function fetchUws() {
  return cached(FETCHED, lockHash(), async (output, work) => {
    await fetchCrate(output, work)
    await fetchLlhttp(output, work)
  })
}

function lockHash() {
  return hashOf(LOCKS.flatMap((name) => [name, readFileSync(join(UWS, name))]))
}

async function fetchCrate(output, work) {
  const vendor = join(work, 'crates')
  // A copy, because Cargo writes a lock file beside it.
  for (const name of CARGO_FILES) cpSync(join(UWS, name), join(work, 'cargo', name))
  await run('cargo', [
    'vendor',
    '--quiet',
    '--manifest-path',
    join(work, 'cargo/Cargo.toml'),
    vendor,
  ])
  checkCrate(join(vendor, CRATE))
  const crate = join(vendor, CRATE, 'uWebSockets')
  cpSync(join(crate, 'src'), join(output, 'uWebSockets'), { recursive: true })
  cpSync(join(crate, 'LICENSE'), join(output, 'uWebSockets/LICENSE'))
  cpSync(join(crate, 'uSockets/src'), join(output, 'uSockets'), { recursive: true })
  cpSync(join(crate, 'uSockets/LICENSE'), join(output, 'uSockets/LICENSE'))
}

/** Cargo has compared the crate with the checksum of the registry, which it states. */
function checkCrate(folder) {
  const { package: found } = JSON.parse(readFileSync(join(folder, '.cargo-checksum.json'), 'utf8'))
  const manifest = readFileSync(join(UWS, 'Cargo.toml'), 'utf8')
  const [, expected] = new RegExp(`^${CRATE} = "([0-9a-f]{64})"$`, 'm').exec(manifest) ?? []
  if (found === expected) return
  throw new Error(
    `The crate ${CRATE} has the SHA-256 ${found}, where Cargo.toml expects ${expected}.`,
  )
}

async function fetchLlhttp(output, work) {
  const sources = join(work, 'pypi')
  const download = ['download', '--quiet', '--no-deps', '--require-hashes', '--dest', sources]
  const asSource = ['--no-binary', ':all:', '--use-pep517', '--no-build-isolation']
  const requirements = ['--requirement', join(UWS, 'requirements.txt')]
  await run('python3', ['-m', 'pip', ...download, ...asSource, ...requirements], {
    PYTHONPATH: join(UWS, 'pip'),
    PYTHONDONTWRITEBYTECODE: '1',
  })
  const [archive] = readdirSync(sources)
  const unpacked = join(work, 'llhttp')
  mkdirSync(unpacked)
  await run('tar', ['-xzf', join(sources, archive), '--strip-components=1', '-C', unpacked])
  cpSync(join(unpacked, 'lib'), join(output, 'llhttp'), { recursive: true })
}

/** What to do when a command that fetches is not there. */
const MISSING = {
  cargo: 'Install it with "sudo apt-get install cargo", or from https://rustup.rs.',
  python3: 'Install it with "sudo apt-get install python3-pip".',
  tar: 'Install it with "sudo apt-get install tar".',
}

async function run(command, args, env = {}) {
  const options = { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] }
  const child = spawn(command, args, options)
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  const [code] = await once(child, 'close').catch((error) => [error.code])
  if (code === 0) return
  if (code === 'ENOENT')
    throw new Error(
      `The sources of uWebSockets.js cannot be fetched, because ${command} is missing. ${MISSING[command]}`,
    )
  throw new Error(
    `The sources of uWebSockets.js could not be fetched: "${command} ${args.join(' ')}" failed (${code}).\n${output}`,
  )
}

/**
 * Writes the files below a folder, and returns how many differed. One that does not keeps its time, which
 * make compares.
 */
export function writeTree(files, folder) {
  let written = 0
  for (const [path, text] of files) {
    const file = join(folder, path)
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    written++
  }
  return written
}

/** Pairs of a path, which begins with `prefix`, and a text. */
function filesBelow(folder, prefix = '') {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true })
    .filter((path) => SOURCE.test(path) && statSync(join(folder, path)).isFile())
    .sort()
    .map((path) => [join(prefix, path), readFileSync(join(folder, path), 'utf8')])
}
