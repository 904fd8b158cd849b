/**
 * Runs a Java program that makes golden vectors: another implementation's answers to the cases of a test. The tests need
 * neither Java nor Maven, because they read the committed vectors.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** The folder with the jars that a folder's pom.xml names. Maven downloads them once. */
export function jarsOf(folder: string): string {
  const jars = join(ROOT, '.cache', `golden-${basename(folder)}`)
  if (!existsSync(jars)) {
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}`]
    run('mvn', ['-q', '-B', '-f', join(folder, 'pom.xml'), ...goal])
  }
  return jars
}

/** The standard output of a folder's GoldenVectors.java. */
export function runGoldenVectors(folder: string, ...args: string[]): string {
  return run('java', [
    '-cp',
    join(jarsOf(folder), '*'),
    join(folder, 'GoldenVectors.java'),
    ...args,
  ])
}

/** Writes a folder's vectors.json, formatted. */
export function writeVectors(folder: string, json: string): void {
  const vectors = join(folder, 'vectors.json')
  writeFileSync(vectors, json)
  run(join(ROOT, 'node_modules/.bin/biome'), ['format', '--write', vectors])
}

/** The standard output of a program. @throws when its status is not 0 */
export function run(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stdout + stderr}`)
  return stdout
}
