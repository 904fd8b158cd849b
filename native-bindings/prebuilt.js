// Finds the npm package with an engine that was built elsewhere, for this system and version.
'use strict'
const { join } = require('node:path')

/** The package's name: "sluice-engine-linux-x64" is for glibc. */
function prebuiltName() {
  return `sluice-engine-${process.platform}-${process.arch}`
}

/** Its addon, or undefined when it is not installed, or is that of another version. */
function prebuiltEngine() {
  try {
    const own = require('../package.json').version
    const manifest = require.resolve(`${prebuiltName()}/package.json`)
    return require(manifest).version === own ? join(manifest, '../sluice.node') : undefined
  } catch {
    return undefined
  }
}

module.exports = { prebuiltName, prebuiltEngine }
