/**
 * Builds Sluice's librdkafka: the sources that node-rdkafka ships, with native-bindings/librdkafka/
 * *.patch applied, outside of node_modules. See docs/decisions/0021-librdkafka-is-patched.md.
 *
 *   node scripts/native/librdkafka.mjs FOLDER [tsan]
 *
 * puts librdkafka.so.1 and include/librdkafka into the folder; `tsan` is for ThreadSanitizer.
 */
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
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached, hashOf, replaceFile } from './build-cache.mjs'
import { compile, make } from './compile.mjs'
import { applyPatches, readPatches, replaceOnce } from './patches.mjs'
import { toolchain } from './toolchain.mjs'

const NATIVE_BINDINGS = join(dirname(fileURLToPath(import.meta.url)), '../../native-bindings')
const { locate } = createRequire(import.meta.url)(join(NATIVE_BINDINGS, 'locate.js'))
export const LIBRARY = 'librdkafka.so.1'
const HEADERS = ['src/rdkafka.h', 'src/rdkafka_mock.h', 'src-cpp/rdkafkacpp.h']
/** The files of librdkafka that a build reads; a build inside node_modules adds others. */
const SOURCES =
  /^(configure(\.self)?|lds-gen\.py|LICENSES\.txt|CONFIGURATION\.md|mklove\/.*|src(-cpp)?\/(.*\.(c|h|cpp)|Makefile)|examples\/rdkafka_performance\.c)$/

/** How each variant is configured, and with which environment. */
const VARIANTS = {
  plain: { flags: [], env: {} },
  // TSan knows the mutexes of pthread and not those of C11, which librdkafka would use.
  tsan: {
    flags: ['--disable-c11threads'],
    env: { CFLAGS: '-O1 -g -fsanitize=thread', LDFLAGS: '-fsanitize=thread' },
  },
}
const FLAGS = ['--disable-lz4-ext', '--disable-debug-symbols']

/**
 * The sources with their patches, and the hash of what is built from them. `files` maps paths to
 * texts.
 */
export function patchedLibrdkafka(variant = 'plain') {
  const files = readSources()
  const patches = readPatches(join(NATIVE_BINDINGS, 'librdkafka'))
  applyPatches(files, patches)
  tellPatches(
    files,
    patches.map(({ name }) => name),
  )
  const { flags, env } = VARIANTS[variant]
  const hash = hashOf([...[...files].flat(), ...FLAGS, ...flags, JSON.stringify(env), toolchain()])
  return { files, patches, hash }
}

/** The folder in the cache with the built library and its headers. */
export async function buildLibrdkafka(variant = 'plain') {
  const { files, patches, hash } = patchedLibrdkafka(variant)
  const name = variant === 'plain' ? 'librdkafka' : `librdkafka-${variant}`
  return cached(name, hash, async (output, work) => {
    const { flags, env } = VARIANTS[variant]
    const what = `${name} with ${patches.length} patches`
    const sources = [...files.keys()].filter((path) => /^src\/.*\.c$/.test(path)).length
    writeSources(files, work)
    await configure(work, flags, env)
    await make(what, sources, ['-C', join(work, 'src'), LIBRARY])
    cpSync(join(work, 'src', LIBRARY), join(output, LIBRARY))
    cpSync(join(work, 'LICENSES.txt'), join(output, 'LICENSES.txt'))
    for (const header of HEADERS) {
      cpSync(join(work, header), join(output, 'include/librdkafka', basename(header)))
    }
  })
}

/** Writes the patched sources below a folder, and lets librdkafka's own script configure them. */
export async function configureLibrdkafka(files, folder) {
  writeSources(files, folder)
  await configure(folder, [], {})
}

function configure(folder, flags, env) {
  return compile('librdkafka’s configuration', 0, './configure', [...FLAGS, ...flags], {
    cwd: folder,
    env,
  })
}

/** The folder of node-rdkafka that has librdkafka's sources. */
export function librdkafkaSources() {
  return join(NATIVE_BINDINGS, locate('node-rdkafka'), 'deps/librdkafka')
}

/** The paths of the files that a build reads, relative to a folder with the sources. */
export function listSources(root) {
  return readdirSync(root, { recursive: true })
    .filter((path) => SOURCES.test(path) && statSync(join(root, path)).isFile())
    .sort()
}

function readSources() {
  const root = librdkafkaSources()
  const read = (path) => [path, readFileSync(originalOf(join(root, path)), 'utf8')]
  return new Map(listSources(root).map(read))
}

/** Earlier versions of Sluice patched the sources in place, and left the originals beside them. */
export function originalOf(path) {
  return existsSync(`${path}.original`) ? `${path}.original` : path
}

/** Makes the library say which patches it has: the addon does not load with another one. */
function tellPatches(files, names) {
  const version = 'RD_EXPORT\nconst char *rd_kafka_version_str(void);\n'
  const [header, source] = ['src/rdkafka.h', 'src/rdkafka.c']
  const declared = `${version}\n/** @returns the names of Sluice's patches, separated by commas. */
RD_EXPORT\nconst char *rd_kafka_sluice_patches(void);\n`
  files.set(header, replaceOnce(files.get(header), version, declared, header))
  const defined = `\nconst char *rd_kafka_sluice_patches(void) {\n        return "${names.join(',')}";\n}\n`
  files.set(source, files.get(source) + defined)
}

function writeSources(files, folder) {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    const isScript = text.startsWith('#!')
    writeFileSync(join(folder, path), text, { mode: isScript ? 0o755 : 0o644 })
  }
}

/** Copies what a folder of the cache has, with new times, which make compares. */
export function copyLibrdkafka(built, folder) {
  replaceFile(join(built, 'LICENSES.txt'), join(folder, 'LICENSES.txt'))
  for (const header of HEADERS) {
    const path = join('include/librdkafka', basename(header))
    replaceFile(join(built, path), join(folder, path))
  }
  replaceFile(join(built, LIBRARY), join(folder, LIBRARY))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, variant] = process.argv.slice(2)
  try {
    copyLibrdkafka(await buildLibrdkafka(variant), folder)
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
