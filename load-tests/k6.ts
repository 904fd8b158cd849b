/** Finds k6, or builds it, and runs a script with it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { goTool } from '../scripts/go-tool.mjs'

/** The k6 on the path, else one built with Go. Throws, naming what to install, when there is neither. */
export function k6Command(): string {
  const command = goTool({ name: 'k6', source: 'go.k6.io/k6', version: 'v1.8.1' })
  if (!command) throw new Error('The load tests need k6, or Go (package golang-go) to build it.')
  return command
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
