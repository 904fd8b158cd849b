/**
 * Writes all derived files: `npm run docs`. With `--check` it writes nothing, names the stale ones,
 * and exits with 1 if there are any. What is derived is listed in derived-files.ts.
 */

import { findStaleFiles, writeDerivedFile } from './derived-files.ts'

const isCheck = process.argv.includes('--check')

for (const file of findStaleFiles()) {
  if (isCheck) {
    console.error(`${file.path} is stale: run "npm run docs".`)
    process.exitCode = 1
  } else {
    writeDerivedFile(file)
    console.log(`wrote ${file.path}`)
  }
}
