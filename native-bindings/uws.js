// Finds our build of uWebSockets.js for this Node.js; when it cannot be loaded, says what to do.
'use strict'
const { existsSync } = require('node:fs')
const { join } = require('node:path')
const { prebuiltFile, uwsAddon } = require('./prebuilt.js')

const built = join(__dirname, 'build/Release', uwsAddon())
const file = existsSync(built) ? built : (prebuiltFile(uwsAddon()) ?? built)
try {
  module.exports = require(file)
} catch (error) {
  throw new Error(
    `uWebSockets.js for Node.js ${process.version} could not be loaded from ${file}: ${error.message}\n` +
      'Build it with "npm run build:native"; this needs g++, make, python3 with pip, and cargo.',
    { cause: error },
  )
}
