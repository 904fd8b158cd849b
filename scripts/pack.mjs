/**
 * `npm run pack -- FOLDER` writes two npm packages to a folder: Sluice, and the addons that are built
 * here. Both installed together, nothing is compiled; Sluice alone compiles the addons from sources
 * that it contains.
 *
 * `npm run pack -- FOLDER 22 24 26` adds uWebSockets.js for these versions of Node.js; without, it is
 * there for the running one. The oldest system that the addons run on is about the one that builds them.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { LIBRARY, librdkafkaSources, listSources } from './native/librdkafka.mjs'
import { BUNDLED, originalUws, writeTree } from './native/uws-sources.mjs'
import { installNode, runNode } from './other-node.mjs'
import { ROOT, setup } from './setup.mjs'

const { prebuiltName, uwsAddon } = createRequire(import.meta.url)('../native-bindings/prebuilt.js')
const ADDONS = join(ROOT, 'native-bindings/build/Release')

const [target, ...versions] = process.argv.slice(2)
if (target === undefined || versions.some((version) => !/^\d+$/.test(version))) {
  console.error('Usage: npm run pack -- FOLDER [22 24 …]')
  process.exit(2)
}
const folder = resolve(target)
mkdirSync(folder, { recursive: true })
setup()
const work = mkdtempSync(join(tmpdir(), 'sluice-pack-'))
try {
  npmPack(await assembleSluice(), folder)
  npmPack(assembleAddons(), folder)
} finally {
  rmSync(work, { recursive: true })
}

/**
 * The files that npm packs, the sources of uWebSockets.js, and librdkafka's as a bundled
 * node-rdkafka. The complete node-rdkafka would compile another librdkafka where it is installed.
 */
async function assembleSluice() {
  const [tarball] = npmPack(ROOT, work)
  execFileSync('tar', ['-xzf', join(work, tarball), '-C', work])
  const target = join(work, 'package')
  const { devDependencies: _, ...manifest } = readManifest(target)
  const { install } = manifest.scripts
  const bundleDependencies = ['node-rdkafka']
  writeManifest(target, { ...manifest, scripts: { install }, bundleDependencies })
  bundleSources(join(target, 'node_modules/node-rdkafka'))
  writeTree(await originalUws(), join(target, relative(ROOT, BUNDLED)))
  return target
}

function bundleSources(target) {
  const sources = librdkafkaSources()
  const origin = join(sources, '../..')
  for (const path of listSources(sources)) {
    cpSync(join(sources, path), join(target, 'deps/librdkafka', path))
  }
  cpSync(join(origin, 'LICENSE.txt'), join(target, 'LICENSE.txt'))
  const { name, version, librdkafka, license, repository } = readManifest(origin)
  const description = 'The sources of librdkafka that node-rdkafka has, without its binding.'
  writeManifest(target, { name, version, librdkafka, description, license, repository })
}

/** npm skips a package whose system, processor or C library is another. */
function assembleAddons() {
  const target = join(work, 'addons')
  const uws = new Set([uwsAddon(), ...versions.map(addonForNode)])
  const files = ['sluice.node', LIBRARY, ...uws]
  const { version, license } = readManifest(ROOT)
  mkdirSync(target)
  writeManifest(target, {
    name: prebuiltName(),
    version,
    description: 'The native addons of Sluice, with their librdkafka.',
    license,
    os: [process.platform],
    cpu: [process.arch],
    libc: ['glibc'],
    files: [...files, 'THIRD-PARTY.txt'],
  })
  for (const name of files) cpSync(join(ADDONS, name), join(target, name))
  for (const name of ['LICENSE', 'THIRD-PARTY.txt']) cpSync(join(ROOT, name), join(target, name))
  return target
}

/** Builds uWebSockets.js for a version of Node.js. Returns the name of its file in build/Release. */
function addonForNode(major) {
  const home = installNode(major)
  const { status } = runNode(home, ['scripts/build-native.mjs'])
  if (status !== 0) throw new Error(`The addon for Node.js ${major} could not be built.`)
  const name = "require('./native-bindings/prebuilt.js').uwsAddon()"
  return runNode(home, ['--print', name], 'pipe').stdout.trim()
}

/** The names of the tarballs. Without scripts, because everything is built. */
function npmPack(project, destination) {
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', destination]
  const output = execFileSync('npm', args, { cwd: project, encoding: 'utf8' })
  return output.trim().split('\n')
}

function readManifest(project) {
  return JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
}

function writeManifest(project, manifest) {
  mkdirSync(project, { recursive: true })
  writeFileSync(join(project, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}
