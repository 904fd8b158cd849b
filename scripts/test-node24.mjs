/**
 * `npm run test:node24`: the native and integration lanes (or those named as arguments) under
 * Node 24, in a copy of the project, because the addon and librdkafka's binding are built for one
 * Node. The copy keeps what it has built; scripts/setup.mjs there rebuilds what has changed.
 *
 * Where uWebSockets.js for Node 24 does not load (its binary wants glibc 2.38, which is Debian 13
 * or Ubuntu 24.04), the integration lane is left out, and that is said.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ROOT } from './setup.mjs'

const CACHE = join(ROOT, '.cache')
const COPY = join(CACHE, 'node24')

const home = installNode24()
copyProject()
if (run('scripts/setup.mjs') !== 0) process.exit(1)
const named = process.argv.slice(2)
process.exit(run('scripts/test.mjs', ...(named.length > 0 ? named : possibleLanes())))

/** Runs Node 24 in the copy; returns its exit code. */
function run(...args) {
  const { status } = spawnSync('node', args, {
    cwd: COPY,
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
    return ['native', 'integration']
  }
  console.log('SKIPPED the integration lane: uWebSockets.js for Node 24 wants glibc 2.38.')
  return ['native']
}

/** Where Node 24 is: an npm package that holds the binary and the headers to build with. */
function installNode24() {
  const prefix = join(CACHE, 'node24-runtime')
  const name = `node-${process.platform}-${process.arch}`
  const installed = join(prefix, 'node_modules', name)
  if (!existsSync(installed)) {
    console.log('Installing Node 24 from npm (a few seconds)…')
    mkdirSync(prefix, { recursive: true })
    const install = ['install', '--prefix', prefix, '--no-save', '--loglevel=error', `${name}@24`]
    execFileSync('npm', install, { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  const version = execFileSync(join(installed, 'bin/node'), ['--version'], { encoding: 'utf8' })
  console.log(`Node ${version.trim()} in ${COPY}`)
  return installed
}

/** Brings the copy to the state of the working tree, uncommitted files included. */
function copyProject() {
  const list = join(CACHE, 'node24-files.json')
  const before = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []
  const now = projectFiles()
  const kept = new Set(now)
  for (const path of before) if (!kept.has(path)) rmSync(join(COPY, path), { force: true })
  for (const path of now) {
    // With their times, so that make rebuilds only what has changed.
    cpSync(join(ROOT, path), join(COPY, path), { preserveTimestamps: true })
  }
  writeFileSync(list, JSON.stringify(now))
}

function projectFiles() {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const output = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' })
  // Git also lists what was deleted and not yet committed.
  return output.split('\0').filter((path) => path && existsSync(join(ROOT, path)))
}
