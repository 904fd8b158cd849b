/** Finds k6, or builds it, and runs a script with it. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const VERSION = 'v1.8.1'
const BIN = join(import.meta.dirname, '../.cache/bin')

/**
 * The k6 on the path, else one built with Go into .cache/bin, which takes minutes the first time.
 * Throws, naming what to install, when there is neither.
 */
export function k6Command(): string {
  if (isCommand('k6', 'version')) return 'k6'
  const built = join(BIN, 'k6')
  if (existsSync(built)) return built
  if (!isCommand('go', 'version')) {
    throw new Error('The load tests need k6, or Go (package golang-go) to build it.')
  }
  console.log(`Building k6 ${VERSION} with Go (about 3 minutes, once)…`)
  const { status } = spawnSync('go', ['install', `go.k6.io/k6@${VERSION}`], {
    env: { ...process.env, GOBIN: BIN },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error('k6 could not be built; what Go printed above says why.')
  return built
}

/**
 * Runs a script of this folder with its output on ours; resolves to k6's exit code, 99 for a
 * crossed threshold. After `limitSeconds` it is interrupted, which fails the run.
 */
export async function runK6(
  command: string,
  script: string,
  env: Record<string, string>,
  limitSeconds: number,
): Promise<number> {
  const child = spawn(command, ['run', '--no-usage-report', '--quiet', `${script}.js`], {
    cwd: import.meta.dirname,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  const timer = setTimeout(() => {
    console.error(`k6 was stopped after ${limitSeconds} s.`)
    child.kill('SIGINT')
  }, limitSeconds * 1000)
  const [code] = await once(child, 'exit')
  clearTimeout(timer)
  return code ?? 1
}

function isCommand(command: string, argument: string): boolean {
  return spawnSync(command, [argument], { stdio: 'ignore' }).status === 0
}
