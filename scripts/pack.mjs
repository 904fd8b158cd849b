/**
 * `npm run pack -- FOLDER` writes two npm packages to a folder: Sluice, and the engine that is built
 * here. Both installed together, nothing is compiled; Sluice alone compiles the engine.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { LIBRARY, librdkafkaSources, listSources } from './native/librdkafka.mjs'
import { ROOT, setup } from './setup.mjs'

const { prebuiltName } = createRequire(import.meta.url)('../native-bindings/prebuilt.js')
const ENGINE = ['sluice.node', LIBRARY]

if (process.argv.length !== 3) {
  console.error('Usage: npm run pack -- FOLDER')
  process.exit(2)
}
const folder = resolve(process.argv[2])
mkdirSync(folder, { recursive: true })
setup()
const work = mkdtempSync(join(tmpdir(), 'sluice-pack-'))
try {
  npmPack(assembleSluice(), folder)
  npmPack(assembleEngine(), folder)
} finally {
  rmSync(work, { recursive: true })
}

/**
 * The files that npm packs, and librdkafka's sources as a bundled node-rdkafka. The complete
 * node-rdkafka would compile another librdkafka where it is installed.
 */
function assembleSluice() {
  const [tarball] = npmPack(ROOT, work)
  execFileSync('tar', ['-xzf', join(work, tarball), '-C', work])
  const target = join(work, 'package')
  const { devDependencies: _, ...manifest } = readManifest(target)
  const { install } = manifest.scripts
  const bundleDependencies = ['node-rdkafka']
  writeManifest(target, { ...manifest, scripts: { install }, bundleDependencies })
  bundleSources(join(target, 'node_modules/node-rdkafka'))
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
function assembleEngine() {
  const target = join(work, 'engine')
  const { version, license } = readManifest(ROOT)
  mkdirSync(target)
  writeManifest(target, {
    name: prebuiltName(),
    version,
    description: 'The native engine of Sluice, with its librdkafka.',
    license,
    os: [process.platform],
    cpu: [process.arch],
    libc: ['glibc'],
    files: [...ENGINE, 'THIRD-PARTY.txt'],
  })
  for (const name of ENGINE) {
    cpSync(join(ROOT, 'native-bindings/build/Release', name), join(target, name))
  }
  for (const name of ['LICENSE', 'THIRD-PARTY.txt']) cpSync(join(ROOT, name), join(target, name))
  return target
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
