// Finds the compiled addon; when it cannot be loaded, says what was tried and what to do.
'use strict'
const { join } = require('node:path')

const file = join(__dirname, 'build/Release/sluice.node')
try {
  module.exports = require(file)
} catch (error) {
  throw new Error(
    `The native engine could not be loaded from ${file}: ${error.message}\n` +
      'Build it with "npm run build:native" (it needs g++, make and python3, and librdkafka in ' +
      'node_modules/node-rdkafka/build/deps). After an upgrade of Node or of the system, run ' +
      '"npm ci".',
    { cause: error },
  )
}
