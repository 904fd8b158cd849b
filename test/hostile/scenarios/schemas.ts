/** Schemas of strangers: in requests, and in the answers of a registry that lies. */

import { endless, text } from '../../integration/schema-registry/faulty-registry.ts'
import { AVRO, BINARY, JSON_SCHEMA, PROTOBUF } from '../../media-types.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'

const MIB = 2 ** 20
/** A refusal of the body, of the schema, or of what a registry says. */
const REFUSALS = [400, 408, 413, 422]

const LANGUAGES = [AVRO, JSON_SCHEMA, PROTOBUF]

/** Sends a text as the schema of values or of keys. */
async function sendSchema(target: Target, type: string, member: string, schema: string) {
  const body = Buffer.from(`{"${member}":"${schema}","records":[{"key":1,"value":1}]}`)
  await target.expect(REFUSALS, { method: 'POST', path: `/topics/${target.topic}`, type, body })
}

const brackets: Scenario = {
  name: 'brackets',
  what: 'Schemas of 60 MiB of brackets, in the three languages',
  async attack(target) {
    for (const [index, type] of LANGUAGES.entries()) {
      const member = index % 2 === 0 ? 'value_schema' : 'key_schema'
      const unit = ['[', '{', '[]'][index] ?? ''
      await sendSchema(target, type, member, unit.repeat((60 * MIB) / unit.length))
    }
  },
}

/** Texts below the limit of their size, which nest more than 1000 deep: outside, inside, by kinds. */
const NESTED_SCHEMAS: Readonly<Record<string, readonly string[]>> = {
  [AVRO]: [
    nest('{\\"type\\":\\"array\\",\\"items\\":', '\\"int\\"', '}', 20_000),
    nest('[', '\\"int\\"', ']', 400_000),
    `{\\"type\\":\\"enum\\",\\"name\\":\\"a\\",\\"doc\\":\\"]]]\\",\\"symbols\\":${'['.repeat(500_000)}`,
  ],
  [JSON_SCHEMA]: [
    nest('{\\"not\\":', '{}', '}', 60_000),
    nest('{\\"items\\":[', '{}', ']}', 30_000),
    `{\\"description\\":\\"${'}'.repeat(1000)}\\",\\"allOf\\":${'['.repeat(500_000)}`,
  ],
  [PROTOBUF]: [
    nest('message A{', 'int32 a=1;', '}', 50_000),
    nest('option (a)={a:', '1', '};', 50_000),
    `syntax=\\"proto3\\"; /* }}} */ message A {${'oneof a{'.repeat(80_000)}`,
  ],
}

function nest(before: string, middle: string, behind: string, levels: number): string {
  return before.repeat(levels) + middle + behind.repeat(levels)
}

const nestedSchemas: Scenario = {
  name: 'nested-schemas',
  what: 'Schemas of at most 1 MiB with up to 500,000 levels, in the three languages',
  async attack(target) {
    for (const [type, texts] of Object.entries(NESTED_SCHEMAS)) {
      for (const schema of texts) await sendSchema(target, type, 'value_schema', schema)
    }
  },
}

const TEN_MB = 10_000_000

/** What a registry says, in each of its answers. */
const LIES: readonly string[] = [
  '['.repeat(TEN_MB - 10),
  '{"a":'.repeat(1_900_000),
  `[${'0,'.repeat(4_900_000)}0]`,
  `[${'{},'.repeat(90_000)}{}]`,
  `{"schema":"${'['.repeat(TEN_MB - 100)}"}`,
  `{"schema":"${'\\u005b'.repeat(1_600_000)}","schemaType":"JSON"}`,
  `{"schema":"${'message A {'.repeat(900_000)}","schemaType":"PROTOBUF"}`,
  `{"schema":"{}","schemaType":"JSON","references":[${'{"name":"a","subject":"a","version":1},'.repeat(90_000)}{"name":"a","subject":"a","version":1}]}`,
  `{"error_code":40401,"message":"${'x'.repeat(TEN_MB - 100)}"}`,
  `{${'"id":1,'.repeat(1_300_000)}"id":1}`,
  `{"id":${'9'.repeat(TEN_MB - 100)}}`,
  ' '.repeat(TEN_MB - 10),
  `{${Array.from({ length: 700_000 }, (_, index) => `"m${index}":0`).join(',')}}`,
]

let lastId = 1

const lyingRegistry: Scenario = {
  name: 'lying-registry',
  what: 'Responses of a registry: 10 MB of brackets, numbers, objects, references; endless responses',
  async attack(target) {
    const behaviours = LIES.map((lie) => text(200, 'application/json', lie))
    for (const [index, behaviour] of [...behaviours, endless].entries()) {
      target.registry.behaviour = behaviour
      const type = LANGUAGES[index % 3] ?? AVRO
      const topic = { method: 'POST', path: `/topics/${target.topic}`, type }
      for (const schema of [
        `"value_schema_id":${++lastId}`,
        `"value_schema":"${type === PROTOBUF ? 'message A{}' : '{\\"type\\":\\"string\\"}'}"`,
      ]) {
        await target.expect(REFUSALS, { ...topic, body: `{${schema},"records":[{"value":"1"}]}` })
      }
    }
    await readWithLies(target)
  },
}

/** Reads records whose schemas the registry makes up. */
async function readWithLies(target: Target): Promise<void> {
  const instance = await target.instance({ format: 'avro' })
  const path = `/topics/${target.topic}/partitions/0`
  for (const lie of LIES.slice(0, 6)) {
    target.registry.behaviour = text(200, 'application/json', lie)
    const payload = Buffer.alloc(6)
    payload.writeUInt32BE(++lastId, 1)
    const body = `{"records":[{"value":"${payload.toString('base64')}"}]}`
    await target.expect([200], { method: 'POST', path, type: BINARY, body })
  }
  const partitions = `{"partitions":[{"topic":"${target.topic}","partition":0}]}`
  await target.expect([204], { method: 'POST', path: `${instance}/assignments`, body: partitions })
  const headers = { accept: AVRO }
  const read = { method: 'GET', path: `${instance}/records?timeout=1000`, headers }
  for (let count = 0; count < 6; count++) await target.expect([200, 408], read)
  await target.end(instance)
}

const nestedValues: Scenario = {
  name: 'nested-values',
  what: 'Values with up to a million levels, with a schema of each language and without a schema',
  async attack(target) {
    for (const [type, schema] of [
      [AVRO, '"string"'],
      [JSON_SCHEMA, '{}'],
      [
        PROTOBUF,
        'syntax="proto3"; import "google/protobuf/struct.proto"; message A{google.protobuf.Value a=1;}',
      ],
      [BINARY, '"string"'],
    ] as const) {
      const schemaType = { [JSON_SCHEMA]: 'JSON', [PROTOBUF]: 'PROTOBUF' }[type as string]
      const answer = {
        schema,
        id: ++lastId,
        version: 1,
        subject: 'a',
        ...(schemaType && { schemaType }),
      }
      target.registry.behaviour = text(200, 'application/json', JSON.stringify(answer))
      const given = type === BINARY ? '' : `"value_schema_id":${lastId},`
      for (const value of [nest('[', '', ']', 1_000_000), nest('{"a":', '1', '}', 300_000)]) {
        const body = `{${given}"records":[{"value":${value}}]}`
        const shot = { method: 'POST', path: `/topics/${target.topic}`, type, body }
        await target.expect(REFUSALS, shot)
      }
    }
  },
}

export const SCHEMA_SCENARIOS: readonly Scenario[] = [
  brackets,
  nestedSchemas,
  lyingRegistry,
  nestedValues,
]
