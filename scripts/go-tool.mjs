/** Command-line tools that are written in Go: those on the path, else built into .cache/bin. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const BIN = join(import.meta.dirname, '../.cache/bin')

/**
 * Returns the command of a tool; undefined when there is neither the tool nor Go. A build takes minutes the first time, and
 * throws when it fails.
 *
 * @param {object} tool
 * @param {string} tool.name
 * @param {string} tool.source   The path of the command's package.
 * @param {string} tool.version
 * @returns {string | undefined}
 */
export function goTool({ name, source, version }) {
  if (isCommand(name)) return name
  const built = join(BIN, name)
  if (existsSync(built)) return built
  if (!isCommand('go')) return undefined
  console.log(`Building ${name} ${version} with Go (some minutes, once)…`)
  const { status } = spawnSync('go', ['install', `${source}@${version}`], {
    env: { ...process.env, GOBIN: BIN },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error(`${name} could not be built; what Go printed above says why.`)
  return built
}

/** @param {string} command */
function isCommand(command) {
  return spawnSync(command, ['version'], { stdio: 'ignore' }).status === 0
}
