/** The set-up, with an npm that only notes what it is asked for and makes empty products. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, test } from 'node:test'

const root = mkdtempSync(join(tmpdir(), 'sluice-setup-'))
const calls = join(root, 'calls')
after(() => rmSync(root, { recursive: true }))

const NPM = `#!/bin/sh
echo "$*" >> '${calls}'
case "$*" in
  ci*) mkdir -p node_modules ;;
  *build:native) mkdir -p native-bindings/build/Release ;;
  *build) mkdir -p dist ;;
esac
`
cpSync(join(import.meta.dirname, '../../../scripts'), join(root, 'scripts'), { recursive: true })
const OWN = ['native-bindings/uws', 'native-bindings/locate.js', 'native-bindings/package.json']
for (const path of OWN) {
  cpSync(join(import.meta.dirname, '../../..', path), join(root, path), { recursive: true })
}
for (const folder of ['bin', 'src', 'native-bindings/src', 'native-bindings/librdkafka']) {
  mkdirSync(join(root, folder), { recursive: true })
}
const files = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']
for (const file of [...files, 'native-bindings/Makefile']) writeFileSync(join(root, file), '')
writeFileSync(join(root, 'bin/npm'), NPM, { mode: 0o755 })

/** Runs the set-up. Answers what it asked npm for. */
function setup(): string[] {
  writeFileSync(calls, '')
  execFileSync(process.execPath, ['scripts/setup.mjs', '--no-system-packages'], {
    cwd: root,
    env: { ...process.env, PATH: `${join(root, 'bin')}${delimiter}${process.env['PATH']}` },
    stdio: 'ignore',
  })
  const asked = readFileSync(calls, 'utf8').trim().split('\n')
  return asked.map((line) => line.split(' ').find((word) => /^(ci|build.*)$/.test(word)) ?? line)
}

test('everything is made once', () => {
  assert.deepEqual(setup(), ['ci', 'build:native', 'build'])
  assert.deepEqual(setup(), [''])
})

test('a product that is gone is made again, and nothing else', () => {
  rmSync(join(root, 'dist'), { recursive: true })
  assert.deepEqual(setup(), ['build'])
  rmSync(join(root, 'native-bindings/build/Release'), { recursive: true })
  assert.deepEqual(setup(), ['build:native'])
})

test('a source that changed makes its product again', () => {
  writeFileSync(join(root, 'src/main.ts'), 'changed')
  assert.deepEqual(setup(), ['build'])
})
