/** `npm start`: sets up, then runs Sluice; without arguments on the embedded cluster. */
import { setup } from './setup.mjs'
import { withoutSystemPackagesFlag } from './system-packages.mjs'

process.argv = withoutSystemPackagesFlag(process.argv)
setup()
if (process.argv.length === 2) process.argv.push('--embedded')
await import('../dist/main.js')
