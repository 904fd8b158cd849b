/**
 * Formats the C++ of the engine with clang-format's version from npm, so that all machines agree:
 * `--write` does it, without an argument it is a check that exits with 1 and names what differs.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './setup.mjs'

const FOLDERS = ['native-bindings/src', 'native-bindings/test']

const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true })
    .filter((path) => /\.(cc|h)$/.test(path))
    .map((path) => join(folder, path)),
)
const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '-Werror']
const { status, error } = spawnSync(
  join(ROOT, 'node_modules/.bin/clang-format'),
  [...mode, '--style=file', ...files],
  { cwd: ROOT, stdio: 'inherit' },
)
if (error) console.error(`clang-format did not start (${error.message}): run "npm ci" first.`)
process.exit(status ?? 1)
