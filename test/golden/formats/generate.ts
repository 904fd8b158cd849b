/**
 * Makes vectors.json of cases.json with the JSON Schema validator of the original: `tsx test/golden/formats/generate.ts`.
 * Needs Java 17 and Maven. The tests need neither; they read the committed vectors.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const HERE = import.meta.dirname
const ROOT = join(HERE, '../../..')
const JARS = join(ROOT, '.cache/golden-formats')
const VECTORS = join(HERE, 'vectors.json')

if (!existsSync(JARS)) {
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${JARS}`]
  run('mvn', ['-q', '-B', '-f', join(HERE, 'pom.xml'), ...goal])
}
const [program, cases] = [join(HERE, 'GoldenVectors.java'), join(HERE, 'cases.json')]
writeFileSync(VECTORS, run('java', ['-cp', join(JARS, '*'), program, cases]))
run(join(ROOT, 'node_modules/.bin/biome'), ['format', '--write', VECTORS])

function run(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stdout + stderr}`)
  return stdout
}
