/** The repository names no host of a package registry, and no path of a machine. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Built of pieces, so that this file is no fault of its own. */
const REGISTRIES = new RegExp(
  ['npmjs', 'pypi', 'pythonhosted', 'crates', 'rubygems', 'maven', 'yarnpkg']
    .map((name) => `\\b${name}\\.(com|org|io)\\b`)
    .join('|'),
)
const MACHINE_PATHS = /(?<![\w.~$})@-])\/(work|root|home|Users)\/[\w.-]+/

/** Texts under version control, by path. */
function texts(): [path: string, text: string][] {
  const output = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
  return output
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(ROOT, path)))
    .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')])
}

function faultsOf(pattern: RegExp): string[] {
  return texts().flatMap(([path, text]) =>
    text.split('\n').flatMap((line, index) => {
      const found = pattern.exec(line)
      return found ? [`${path}:${index + 1}: ${found[0]}`] : []
    }),
  )
}

test('no file names the host of a package registry', () => {
  assert.deepEqual(faultsOf(REGISTRIES), [])
})

test('no file names a path of the machine it was written on', () => {
  assert.deepEqual(faultsOf(MACHINE_PATHS), [])
})

test('such names would be found', () => {
  assert.match(`https://registry.${'npmjs'}.org/x`, REGISTRIES)
  assert.match(`see /${'root'}/.npmrc`, MACHINE_PATHS)
  assert.doesNotMatch('docs/home/index.md', MACHINE_PATHS)
})
