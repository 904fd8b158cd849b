/**
 * Built files, kept by a hash of their inputs: `~/.cache/sluice` (`$XDG_CACHE_HOME/sluice`). All
 * checkouts, copies and Node.js versions of a user share them. No path is part of a hash.
 */
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** An entry that nothing has used for this long is removed. */
const KEPT_MS = 30 * 24 * 3600 * 1000
/** Builds take minutes; an older folder belongs to a build that was interrupted. */
const BUILDING_MS = 24 * 3600 * 1000
const BUILDING = 'building-'

/** The hash of strings and buffers, in their order. */
export function hashOf(parts) {
  const hash = createHash('sha256')
  for (const part of parts)
    hash
      .update(String(Buffer.byteLength(part)))
      .update(':')
      .update(part)
  return hash.digest('hex')
}

/**
 * The folder of the entry with this name and hash. When it does not exist, `build(output, work)`
 * fills `output`; `work` is an empty folder for intermediate files. The entry appears by a rename,
 * so that processes that build the same thing at once do not see half of it.
 */
export async function cached(name, hash, build) {
  const cache = cacheFolder()
  const entry = entryOf(cache, name, hash)
  if (!existsSync(entry)) {
    const building = mkdtempSync(join(cache, BUILDING))
    const [output, work] = [join(building, 'output'), join(building, 'work')]
    mkdirSync(output)
    mkdirSync(work)
    try {
      await build(output, work)
      moveOnce(output, entry)
    } finally {
      rmSync(building, { recursive: true, force: true })
    }
    prune(cache)
  }
  const now = new Date()
  utimesSync(entry, now, now)
  return entry
}

/** Whether there is an entry with this name and hash. */
export function isCached(name, hash) {
  return existsSync(entryOf(cacheFolder(), name, hash))
}

/**
 * Empties a folder of objects that were compiled in other `surroundings`, a text that names compilers and
 * libraries: make compares times only, and would take them for up to date.
 */
export function dropObjectsOfOther(folder, surroundings) {
  const stamp = join(folder, 'surroundings')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === surroundings) return
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(stamp, surroundings)
}

/** Copies a file over another that differs. */
export function install(from, to) {
  if (existsSync(to) && readFileSync(from).equals(readFileSync(to))) return
  replaceFile(from, to)
}

/** Copies a file over another by a rename, because a process may have loaded the old one. */
export function replaceFile(from, to) {
  mkdirSync(dirname(to), { recursive: true })
  const temporary = `${to}.${process.pid}`
  copyFileSync(from, temporary)
  renameSync(temporary, to)
}

/** The first of the user's cache and the system's temporary folder that can be written to. */
function cacheFolder() {
  const user = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const folders = [join(user, 'sluice'), join(tmpdir(), `sluice-${process.getuid?.() ?? 0}`)]
  for (const folder of folders) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      rmSync(mkdtempSync(join(folder, BUILDING)), { recursive: true })
      // What another user may write, another user may replace.
      if (statSync(folder).uid === (process.getuid?.() ?? 0)) return folder
    } catch {
      // The next one.
    }
  }
  throw new Error(`No folder for built files can be written: ${folders.join(', ')}.`)
}

function entryOf(cache, name, hash) {
  return join(cache, `${name}-${hash.slice(0, 24)}`)
}

function moveOnce(output, entry) {
  try {
    renameSync(output, entry)
  } catch (error) {
    // Another process was faster, and has built the same.
    if (!existsSync(entry)) throw error
  }
}

function prune(cache) {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name)
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > (name.startsWith(BUILDING) ? BUILDING_MS : KEPT_MS)) {
      rmSync(path, { recursive: true, force: true })
    }
  }
}
