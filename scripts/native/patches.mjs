/** Applies the .patch files of native-bindings/librdkafka and native-bindings/uws to sources in memory. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The patches of a folder in their order: a name, and hunks that say in which file which text is
 * replaced by which.
 */
export function readPatches(folder) {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.patch'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.patch'.length),
      hunks: hunksOf(readFileSync(join(folder, file), 'utf8')),
    }))
}

/**
 * Applies patches to `files`, a map from paths to texts. A hunk is found by its text and not by its
 * line, and has to have exactly one place. Throws an error that names the patch and the file.
 */
export function applyPatches(files, patches) {
  for (const { name, hunks } of patches) {
    for (const { file, before, after } of hunks) {
      const text = files.get(file)
      if (text === undefined) throw new Error(`${name}.patch: the sources have no ${file}.`)
      files.set(file, replaceOnce(text, before, after, `${name}.patch: ${file}`))
    }
  }
}

/** Replaces the only occurrence of a text. Throws an error, which begins with `where`. */
export function replaceOnce(text, before, after, where) {
  const places = text.split(before).length - 1
  if (places === 1) return text.replace(before, () => after)
  throw new Error(`${where} has ${places} places, where one is expected, with the text\n${before}`)
}

function hunksOf(patch) {
  const hunks = []
  let file = null
  for (const line of patch.split('\n')) {
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
