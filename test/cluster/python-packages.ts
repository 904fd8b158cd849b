/** Python packages that tests run: in environments of their own below .cache, made on first use. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const CACHE = join(import.meta.dirname, '../../.cache')

/**
 * The folder with the commands of an environment that holds what a requirements file pins, and
 * nothing else. Takes half a minute on first use; throws, with what to do, when Python or the packages
 * cannot be had.
 */
export function pythonCommands(requirements: string): string {
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const name = basename(dirname(requirements))
  const folder = join(CACHE, `python-${name}-${version}`)
  // Written last: an environment that was broken off is made anew. It cannot be moved when done.
  const stamp = join(folder, 'complete')
  if (!existsSync(stamp)) {
    process.stderr.write(`Installing Python packages for test/${name} (half a minute, once)… `)
    mkdirSync(CACHE, { recursive: true })
    rmSync(folder, { recursive: true, force: true })
    run('python3', ['-m', 'venv', folder], 'install python3 and python3-venv')
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps']
    const python = join(folder, 'bin/python')
    run(python, [...pip, '-r', requirements], 'see whether the Python package index can be reached')
    writeFileSync(stamp, '')
    process.stderr.write('done\n')
  }
  return join(folder, 'bin')
}

function run(command: string, args: readonly string[], advice: string): void {
  const { error, status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (!error && status === 0) return
  throw new Error(`${command} ${args.join(' ')} failed; ${advice}. ${error?.message ?? stderr}`)
}
