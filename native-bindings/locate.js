// Answers binding.gyp's and the Makefile's questions about where things are.
'use strict'
const { readdirSync, statSync } = require('node:fs')
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

/** Every .cc file below src/. */
function sources(folder = 'src') {
  return readdirSync(join(__dirname, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) return sources(path)
      return path.endsWith('.cc') ? [path] : []
    })
    .sort()
}

module.exports = { locate, sources }

if (require.main === module) {
  const [question] = process.argv.slice(2)
  console.log(question === '--sources' ? sources().join('\n') : locate(question))
}
