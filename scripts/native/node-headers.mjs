/**
 * Where the C headers of the running Node.js are.
 *
 * Distribution packages and tarballs have them beside the binary; then a build needs no download
 * and works behind a closed firewall. node-gyp, which comes with npm, downloads them otherwise.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HEADER = 'include/node/node_api.h'

/** The environment for npm and node-gyp: `process.env`, plus `npm_config_nodedir` when known. */
export function buildEnvironment() {
  const prefix = dirname(dirname(process.execPath))
  if (!existsSync(join(prefix, HEADER)) || process.env.npm_config_nodedir) return process.env
  return { ...process.env, npm_config_nodedir: prefix }
}

/** The folder with node_api.h and uv.h. Downloads it if need be; throws an error if it can't. */
export function nodeHeaders() {
  const folders = [buildEnvironment().npm_config_nodedir ?? '', downloadFolder()]
  const found = () => folders.find((folder) => existsSync(join(folder, HEADER)))
  if (!found()) {
    console.log(`Fetching the headers of Node.js ${process.version}…`)
    const { status, error } = spawnSync('node-gyp', ['install', '--loglevel', 'warn'], {
      env: { ...process.env, npm_config_devdir: dirname(downloadFolder()) },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    if (error) throw new Error(`node-gyp did not start (${error.message}): run this through npm.`)
    if (status !== 0) throw new Error(`node-gyp could not fetch the headers of Node.js.`)
  }
  const folder = found()
  if (!folder) throw new Error(`There are no headers of Node.js ${process.version}.`)
  return join(folder, 'include/node')
}

function downloadFolder() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(cache, 'node-gyp', process.versions.node)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(nodeHeaders())
