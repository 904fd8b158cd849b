/** Makes vectors.json of cases.ts with protobuf-java: `tsx test/golden/protobuf-json/generate.ts`. Needs Java 17 and Maven. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jarsOf, run, runGoldenVectors, writeVectors } from '../generator.ts'
import { CASES } from './cases.ts'

const HERE = import.meta.dirname
const jars = jarsOf(HERE)
const folder = mkdtempSync(join(tmpdir(), 'golden-protobuf-json-'))
const [descriptors, cases] = [join(folder, 'schema.bin'), join(folder, 'cases.json')]
const compiler = join(jars, 'protoc-3.25.5-linux-x86_64.exe')
chmodSync(compiler, 0o755)
run('unzip', ['-q', join(jars, 'protobuf-java-3.25.5.jar'), 'google/*', '-d', folder])
const output = [`--descriptor_set_out=${descriptors}`, '--include_imports']
run(compiler, [`-I${HERE}`, `-I${folder}`, ...output, 'schema.proto'])
writeFileSync(cases, JSON.stringify(CASES))
const made = JSON.parse(runGoldenVectors(HERE, descriptors, cases))
writeVectors(HERE, JSON.stringify(withoutDefaults(made)))
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
