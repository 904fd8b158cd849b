/** Other versions of Node.js, from npm packages that hold the binary and the headers to build with. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ROOT } from './setup.mjs'

/** Returns the folder of the newest release of a major version, as it was when first asked for. */
export function installNode(major) {
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
  return installed
}

/** Runs a Node.js of installNode() in the project's root. */
export function runNode(home, args, stdout = 'inherit') {
  return spawnSync('node', args, {
    cwd: ROOT,
    env: {
      ...process.env,
      // First in the path, so that npm, node-gyp and what they start run under it too.
      PATH: `${join(home, 'bin')}${delimiter}${process.env.PATH}`,
      // Said outright: an npm that runs this script passes its user's setting on.
      npm_config_nodedir: home,
    },
    encoding: 'utf8',
    stdio: ['inherit', stdout, 'inherit'],
  })
}
