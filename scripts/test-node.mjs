/**
 * `npm run test:node -- 22 [lanes]`: the lanes that depend on Node.js most, or those named, under
 * another major version of it. The same checkout serves: the engine is Node-API, and uWebSockets.js and
 * node-rdkafka's binding have a place for each version.
 */
import { installNode, runNode } from './other-node.mjs'

const [major = '', ...named] = process.argv.slice(2)
if (!/^\d+$/.test(major)) {
  console.error('Usage: npm run test:node -- 22 [lanes]')
  process.exit(2)
}
const home = installNode(major)
run('--version')
if (run('scripts/setup.mjs') !== 0) process.exit(1)
process.exit(run('scripts/test.mjs', ...(named.length > 0 ? named : ['addon', 'http'])))

/** Runs the other Node.js; returns its exit code. */
function run(...args) {
  return runNode(home, args).status ?? 1
}
