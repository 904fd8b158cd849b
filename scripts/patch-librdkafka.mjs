/**
 * Applies native-bindings/librdkafka/*.patch to the librdkafka that node-rdkafka has built, in place,
 * and builds it again: see docs/decisions/0021-librdkafka-is-patched.md. Done again, it does
 * nothing.
 */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { join } from 'node:path'

const LIBRARY = 'librdkafka.so.1'

/** Patches the library that the addon in a folder links. Throws an error that says what prevents it. */
export function patchLibrdkafka(nativeBindings) {
  const { locate } = createRequire(import.meta.url)(join(nativeBindings, 'locate.js'))
  const folder = join(nativeBindings, locate('node-rdkafka'))
  const sources = join(folder, 'deps/librdkafka')
  if (!existsSync(sources)) throw new Error('node-rdkafka was not built from librdkafka’s source')
  const hunks = readPatches(join(nativeBindings, 'librdkafka'))
  for (const name of new Set(hunks.map(({ file }) => file))) {
    patchFile(
      join(sources, name),
      hunks.filter(({ file }) => file === name),
    )
  }
  rebuild(folder, join(sources, 'src'))
}

/** All hunks of all patches: in which file they replace which text by which, in their order. */
export function readPatches(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.patch'))
  return names.sort().flatMap((name) => parsePatch(readFileSync(join(folder, name), 'utf8')))
}

function parsePatch(text) {
  const hunks = []
  let file = null
  for (const line of text.split('\n')) {
    if (line.startsWith('+++ b/')) file = line.slice('+++ b/'.length)
    else if (file && line.startsWith('@@')) hunks.push({ file, before: '', after: '' })
    else if (line.startsWith('diff ')) file = null
    else if (file) addLine(hunks.at(-1), line)
  }
  return hunks
}

function addLine(hunk, line) {
  const text = `${line.slice(1)}\n`
  if (line.startsWith(' ') || line.startsWith('-')) hunk.before += text
  if (line.startsWith(' ') || line.startsWith('+')) hunk.after += text
}

/** The original stays beside the file, so that patches may change. */
function patchFile(file, hunks) {
  const original = `${file}.original`
  const current = readFileSync(file, 'utf8')
  if (!existsSync(original)) writeFileSync(original, reverted(current, hunks))
  const patched = hunks.reduce(
    (text, hunk) => replaceOnce(text, hunk, file),
    readFileSync(original, 'utf8'),
  )
  if (patched !== current) writeFileSync(file, patched)
}

/** The text before hunks that it has already. */
function reverted(text, hunks) {
  return hunks.toReversed().reduce((patched, { before, after }) => {
    return patched.split(after).length === 2 ? patched.replace(after, () => before) : patched
  }, text)
}

function replaceOnce(text, { before, after }, file) {
  if (text.split(before).length === 2) return text.replace(before, () => after)
  throw new Error(`${file} is not that of librdkafka 2.12: it has no place for\n${after}`)
}

/** Compiles what has changed, and puts the library where node-rdkafka and the addon load it. */
function rebuild(folder, sources) {
  const built = join(sources, LIBRARY)
  const loaded = join(folder, 'build/deps', LIBRARY)
  const make = ['-C', sources, '-j', String(cpus().length), LIBRARY]
  const { status, stderr, error } = spawnSync('make', make, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`make failed: ${error?.message ?? stderr.trim()}`)
  if (readFileSync(built).equals(readFileSync(loaded))) return
  // Renamed over it, because a process may have it loaded.
  copyFileSync(built, `${loaded}.new`)
  renameSync(`${loaded}.new`, loaded)
}
