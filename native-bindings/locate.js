// Answers the Makefile's question where npm has put a package.
'use strict'
const { statSync } = require('node:fs')
const { join, relative } = require('node:path')

/** The folder of an npm package, relative to this one. */
function locate(name) {
  const paths = require.resolve.paths(name) ?? []
  for (const path of paths) {
    const folder = join(path, name)
    if (statSync(folder, { throwIfNoEntry: false })) return relative(__dirname, folder)
  }
  throw new Error(`${name} is not installed; run "npm ci" first.`)
}

module.exports = { locate }

if (require.main === module) console.log(locate(process.argv[2]))
