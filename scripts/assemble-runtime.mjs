/**
 * `node scripts/assemble-runtime.mjs FOLDER` copies what a built Sluice needs to run, and nothing
 * else, to a new folder: for the Dockerfile, and for anyone who ships Sluice without a compiler.
 *
 * It runs there with the Node and on the system that it was built with.
 */
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './setup.mjs'

/** Beside the npm packages. */
const FILES = [
  'package.json',
  'LICENSE',
  'THIRD-PARTY.txt',
  'dist',
  'docs',
  'native-bindings/package.json',
  'native-bindings/index.js',
  'native-bindings/prebuilt.js',
  'native-bindings/uws.js',
  `native-bindings/build/Release/uws-${process.versions.modules}.node`,
  'native-bindings/build/Release/sluice.node',
  'native-bindings/build/Release/librdkafka.so.1',
]
/** Packages that only the build needs, and the packages that only they need. */
const BUILD_ONLY = ['@nozbe/simdjson', 'bindings', 'file-uri-to-path', 'nan', 'node-rdkafka']

const [folder] = process.argv.slice(2)
if (!folder || existsSync(folder)) {
  console.error('Usage: node scripts/assemble-runtime.mjs FOLDER (which must not exist yet)')
  process.exit(2)
}
for (const path of [...FILES, ...packages()]) {
  cpSync(join(ROOT, path), join(folder, path), { recursive: true })
}

function packages() {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  const left = new Set(['', ...BUILD_ONLY.map((name) => `node_modules/${name}`)])
  return Object.keys(packages).filter((path) => !packages[path].dev && !left.has(path))
}
