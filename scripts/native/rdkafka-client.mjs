/**
 * Builds node-rdkafka's JavaScript binding on Sluice's librdkafka, for the tests and benchmarks that
 * use it as an independent client. Its own installation would build another librdkafka.
 *
 * The binding depends on the version of Node.js. It lies where the package `bindings` looks for
 * each version, so that a checkout can have several.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached, hashOf, install } from './build-cache.mjs'
import { compile } from './compile.mjs'
import { buildLibrdkafka, configureLibrdkafka, LIBRARY, patchedLibrdkafka } from './librdkafka.mjs'
import { buildEnvironment } from './node-headers.mjs'
import { toolchain } from './toolchain.mjs'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const PACKAGE = join(ROOT, 'node_modules/node-rdkafka')
const BINDING = 'node-librdkafka.node'

/** Brings the binding for the running Node.js up to date. */
export async function buildClient() {
  const { files, hash } = patchedLibrdkafka()
  const librdkafka = await buildLibrdkafka()
  const sources = ['src', 'package.json'].flatMap((path) => contentsOf(join(PACKAGE, path)))
  const inputs = [hash, process.versions.modules, toolchain(), JSON.stringify(gyp('')), ...sources]
  const built = await cached('node-rdkafka', hashOf(inputs), async (output, work) => {
    const tree = join(work, 'librdkafka')
    await configureLibrdkafka(files, tree)
    cpSync(join(PACKAGE, 'src'), join(work, 'src'), { recursive: true })
    cpSync(join(librdkafka, LIBRARY), join(work, LIBRARY))
    writeFileSync(join(work, 'binding.gyp'), JSON.stringify(gyp(join(ROOT, 'node_modules/nan'))))
    const what = `node-rdkafka’s binding for Node.js ${process.versions.node}`
    const args = ['rebuild', '--jobs', 'max', '--verbose']
    await compile(what, 0, 'node-gyp', args, { cwd: work, env: buildEnvironment() })
    cpSync(join(work, 'build/Release', BINDING), join(output, BINDING))
  })
  // A binding that the package built itself would come first, with a second librdkafka.
  rmSync(join(PACKAGE, 'build/Release', BINDING), { force: true })
  const folder = `node-v${process.versions.modules}-${process.platform}-${process.arch}`
  install(join(built, BINDING), join(PACKAGE, 'lib/binding', folder, BINDING))
  install(join(librdkafka, LIBRARY), join(PACKAGE, 'lib/binding', LIBRARY))
}

/** The binding, and librdkafka's wrapper in C++, as one library. */
function gyp(nan) {
  const wrapper = readdirSync(join(PACKAGE, 'deps/librdkafka/src-cpp'))
  const cpp = wrapper.filter((name) => name.endsWith('Impl.cpp') || name === 'RdKafka.cpp')
  const own = readdirSync(join(PACKAGE, 'src')).filter((name) => name.endsWith('.cc'))
  return {
    targets: [
      {
        target_name: 'node-librdkafka',
        sources: [
          ...own.map((name) => `src/${name}`),
          ...cpp.map((name) => `librdkafka/src-cpp/${name}`),
        ],
        include_dirs: [nan, '.', 'librdkafka/src', 'librdkafka/src-cpp'],
        'cflags_cc!': ['-fno-rtti', '-fno-exceptions'],
        cflags_cc: ['-std=c++20', '-w'],
        libraries: [`../${LIBRARY}`],
        ldflags: ["-Wl,-rpath='$$ORIGIN/..'"],
      },
    ],
  }
}

function contentsOf(path) {
  if (!existsSync(path)) throw new Error(`There is no ${relative(ROOT, path)}: run "npm ci".`)
  if (path.endsWith('.json')) return [readFileSync(path)]
  return readdirSync(path)
    .sort()
    .flatMap((name) => [name, readFileSync(join(path, name))])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await buildClient()
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
