/**
 * Replaces the types of TypeScript files by spaces, as newer versions of Node.js do. Lines and columns stay the same, so that
 * stacks need no source map.
 *
 * The tests are many processes, and each loads hundreds of files: the result is kept, by the hash of the file.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const STRIPPER = '@swc/wasm-typescript'
const require = createRequire(import.meta.url)
const { version } = require(`${STRIPPER}/package.json`)
const CACHE = fileURLToPath(
  new URL(`../../node_modules/.cache/typescript/${version}/`, import.meta.url),
)

export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context)
  const source = readFileSync(fileURLToPath(url), 'utf8')
  return { format: 'module', source: stripped(source, url), shortCircuit: true }
}

function stripped(source, url) {
  const kept = join(CACHE, `${createHash('sha256').update(source).digest('hex')}.js`)
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    const { transformSync } = require(STRIPPER)
    const { code } = transformSync(source, { filename: url, mode: 'strip-only', module: true })
    keep(kept, code)
    return code
  }
}

/** Other processes find the whole file or none. */
function keep(path, code) {
  mkdirSync(CACHE, { recursive: true })
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, code)
  renameSync(unfinished, path)
}
