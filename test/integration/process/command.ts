/** Runs the compiled command, as an operator would type it, to its end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { checkText } from '../../cluster/secrets.ts'

export const MAIN = join(import.meta.dirname, '../../../dist/main.js')

/** How a command ended, and what it has written. */
export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const DEADLINE_MS = 60_000

/** An environment without any configuration of Sluice in it. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('KAFKA_REST'))
  return { ...Object.fromEntries(entries), ...extra }
}

/** Resolves when the process is gone; ends it after a minute. */
export async function runSluice(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: cleanEnvironment(environment),
    timeout: DEADLINE_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text) => {
    stdout += text
  })
  child.stderr.on('data', (text) => {
    stderr += text
  })
  const [code] = await once(child, 'close')
  checkText('the output of the command', stdout + stderr)
  return { code, stdout, stderr }
}
