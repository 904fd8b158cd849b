/**
 * Copies the viewer of the API reference to dist, so that the package contains the two files that a browser loads, and depends on
 * no other package.
 */
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './setup.mjs'

const SOURCE = join(ROOT, 'node_modules/swagger-ui-dist')
const TARGET = join(ROOT, 'dist/viewer')

mkdirSync(TARGET, { recursive: true })
for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
  cpSync(join(SOURCE, name), join(TARGET, name))
}
