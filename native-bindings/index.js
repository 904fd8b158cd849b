// Finds the compiled addon; when it cannot be loaded, says what was tried and what to do.
'use strict'
const { existsSync } = require('node:fs')
const { join } = require('node:path')
const { prebuiltFile } = require('./prebuilt.js')

const built = join(__dirname, 'build/Release/sluice.node')
const file = existsSync(built) ? built : (prebuiltFile('sluice.node') ?? built)
try {
  module.exports = require(file)
} catch (error) {
  throw new Error(
    `The native engine could not be loaded from ${file}: ${error.message}\n` +
      'Build it with "npm run build:native"; this needs g++, make and python3.',
    { cause: error },
  )
}
