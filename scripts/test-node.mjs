/**
 * `npm run test:node -- 22 [lanes]`: the lanes that depend on Node.js, or those named, under another
 * major version of it. The same checkout serves: the addon is Node-API, and node-rdkafka's binding
 * has a place for each version.
 *
 * Where uWebSockets.js does not load (its binaries for Node.js 22 and newer want glibc 2.38, which is
 * Debian 13 or Ubuntu 24.04), the integration lane is left out, and that is said.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ROOT } from './setup.mjs'

const [major = '', ...named] = process.argv.slice(2)
if (!/^\d+$/.test(major)) {
  console.error('Usage: npm run test:node -- 22 [lanes]')
  process.exit(2)
}
const home = installNode()
if (run('scripts/setup.mjs') !== 0) process.exit(1)
process.exit(run('scripts/test.mjs', ...(named.length > 0 ? named : possibleLanes())))

/** Runs the other Node.js; returns its exit code. */
function run(...args) {
  const { status } = spawnSync('node', args, {
    cwd: ROOT,
    env: {
      ...process.env,
      // First in the path, so that npm, node-gyp and what they start run under it too.
      PATH: `${join(home, 'bin')}${delimiter}${process.env.PATH}`,
      // Said outright: an npm that runs this script passes its user's setting on.
      npm_config_nodedir: home,
    },
    stdio: 'inherit',
  })
  return status ?? 1
}

function possibleLanes() {
  if (run('--eval', "try { require('uWebSockets.js') } catch { process.exit(1) }") === 0) {
    return ['addon', 'integration']
  }
  console.log(`SKIPPED the integration lane: uWebSockets.js for Node.js ${major} wants glibc 2.38.`)
  return ['addon']
}

/** Where that Node.js is: an npm package that holds the binary and the headers to build with. */
function installNode() {
  const prefix = join(ROOT, '.cache', `node-${major}`)
  const name = `node-${process.platform}-${process.arch}`
  const installed = join(prefix, 'node_modules', name)
  if (!existsSync(installed)) {
    console.log(`Installing Node.js ${major} from npm (a few seconds)…`)
    mkdirSync(prefix, { recursive: true })
    const flags = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error']
    const install = ['install', '--prefix', prefix, ...flags, `${name}@${major}`]
    execFileSync('npm', install, { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  const version = execFileSync(join(installed, 'bin/node'), ['--version'], { encoding: 'utf8' })
  console.log(`Node.js ${version.trim()}`)
  return installed
}
