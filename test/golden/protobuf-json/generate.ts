/**
 * Makes vectors.json of cases.ts with protobuf-java: `tsx test/golden/protobuf-json/generate.ts`.
 * Needs Java 17 and Maven. The tests need neither; they read the committed vectors.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CASES } from './cases.ts'

const HERE = import.meta.dirname
const ROOT = join(HERE, '../../..')
const JARS = join(ROOT, '.cache/golden-protobuf-json')
const VECTORS = join(HERE, 'vectors.json')

if (!existsSync(JARS)) {
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${JARS}`]
  run('mvn', ['-q', '-B', '-f', join(HERE, 'pom.xml'), ...goal])
}
const folder = mkdtempSync(join(tmpdir(), 'golden-protobuf-json-'))
const [descriptors, cases] = [join(folder, 'schema.bin'), join(folder, 'cases.json')]
const compiler = join(JARS, 'protoc-3.25.5-linux-x86_64.exe')
chmodSync(compiler, 0o755)
run('unzip', ['-q', join(JARS, 'protobuf-java-3.25.5.jar'), 'google/*', '-d', folder])
const output = [`--descriptor_set_out=${descriptors}`, '--include_imports']
run(compiler, [`-I${HERE}`, `-I${folder}`, ...output, 'schema.proto'])
writeFileSync(cases, JSON.stringify(CASES))
const program = join(HERE, 'GoldenVectors.java')
const made = JSON.parse(run('java', ['-cp', join(JARS, '*'), program, descriptors, cases]))
writeFileSync(VECTORS, JSON.stringify(withoutDefaults(made)))
run(join(ROOT, 'node_modules/.bin/biome'), ['format', '--write', VECTORS])
rmSync(folder, { recursive: true })

/** Each JSON without what an empty message prints too, so that the file stays small. */
function withoutDefaults(values: readonly { json: string; back?: string }[]): object {
  const empty = JSON.parse(values.find(({ json }) => json === '{}')?.back ?? '')
  return {
    empty,
    values: values.map(({ back, ...rest }) => ({
      ...rest,
      ...(back !== undefined && { back: differing(JSON.parse(back), empty) }),
    })),
  }
}

function differing(value: Record<string, unknown>, empty: Record<string, unknown>): object {
  const isDifferent = ([name, member]: [string, unknown]) =>
    JSON.stringify(member) !== JSON.stringify(empty[name])
  return Object.fromEntries(Object.entries(value).filter(isDifferent))
}

function run(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stdout + stderr}`)
  return stdout
}
