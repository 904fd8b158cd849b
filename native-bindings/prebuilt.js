// Finds the npm package with addons that were built elsewhere, for this system and version.
'use strict'
const { existsSync } = require('node:fs')
const { join } = require('node:path')

/** The package's name: "sluice-engine-linux-x64" is for glibc. */
function prebuiltName() {
  return `sluice-engine-${process.platform}-${process.arch}`
}

/** The file of uWebSockets.js for the running Node.js. The engine's file serves every version. */
function uwsAddon() {
  return `uws-${process.versions.modules}.node`
}

/** A file of the package, or undefined when it does not have it, or is that of another version. */
function prebuiltFile(name) {
  try {
    const own = require('../package.json').version
    const manifest = require.resolve(`${prebuiltName()}/package.json`)
    const file = join(manifest, '..', name)
    return require(manifest).version === own && existsSync(file) ? file : undefined
  } catch {
    return undefined
  }
}

module.exports = { prebuiltName, prebuiltFile, uwsAddon }
