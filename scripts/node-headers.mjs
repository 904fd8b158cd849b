/**
 * Where the C headers of the running Node.js are, when they came with it.
 *
 * node-gyp downloads them otherwise. Distribution packages and tarballs have them beside the
 * binary, so a build needs no download and works behind a closed firewall.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The environment for npm and node-gyp: `process.env`, plus `npm_config_nodedir` when known. */
export function buildEnvironment() {
  const prefix = dirname(dirname(process.execPath))
  const shipped = existsSync(join(prefix, 'include/node/node_api.h'))
  if (!shipped || process.env.npm_config_nodedir) return process.env
  return { ...process.env, npm_config_nodedir: prefix }
}
