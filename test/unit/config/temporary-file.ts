/** Files of a test, in a folder that goes with its process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Writes a file into a folder of its own, which is removed after the tests. Returns its path. */
export function temporaryFile(name: string, content: string | Uint8Array): string {
  folder ??= newFolder()
  const path = join(mkdtempSync(join(folder, 'file-')), name)
  writeFileSync(path, content)
  return path
}

let folder: string | undefined

function newFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-unit-'))
  process.once('exit', () => rmSync(path, { recursive: true, force: true }))
  return path
}
