/** The last build whose event loop encoded and decoded records with schemas: what today's is compared with. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const COMMIT = 'ab47992'
const MAIN = 'dist/main.js'

const STEPS = [
  ['npm', 'ci', '--ignore-scripts'],
  ['npm', 'run', 'build:native'],
  ['npm', 'run', 'build'],
] as const

/**
 * Returns the main module of the build: that of a checkout, or of one in the folder of temporary files, which the first
 * call makes and builds within minutes. Throws an error when a step fails, or when the checkout is not built.
 */
export function oldBuild(checkout: string | undefined): string {
  const folder = checkout ?? join(tmpdir(), `sluice-${COMMIT}`)
  const main = join(folder, MAIN)
  if (checkout === undefined && !existsSync(main)) build(folder)
  if (!existsSync(main)) throw new Error(`${main} does not exist: build the checkout ${folder}.`)
  return main
}

function build(folder: string): void {
  if (!existsSync(folder)) run('git', ['worktree', 'add', '--detach', folder, COMMIT])
  for (const [command, ...parameters] of STEPS) run(command, parameters, folder)
}

function run(command: string, parameters: readonly string[], cwd?: string): void {
  console.log(`  ${command} ${parameters.join(' ')}`)
  execFileSync(command, parameters, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
}
