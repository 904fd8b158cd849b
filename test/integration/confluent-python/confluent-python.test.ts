/**
 * Confluent's client for Python, which registers Protobuf schemas as descriptors and their imports as references:
 * what it has written is read, and what is written by its schemas it reads.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { pythonCommands } from '../../cluster/python-packages.ts'
import { type Golden, goldens, isDifferent } from '../../golden/protobuf.ts'
import { newClient } from '../schema-registry/registry-client.ts'
import { setTheSchemaStage } from '../schema-stage.ts'

const HERE = import.meta.dirname
const DEADLINE_MS = 120_000

const commands = pythonCommands(join(HERE, 'requirements.txt'))
const stage = await setTheSchemaStage('PROTOBUF')
const { kafka, registryUrl, newTopic, produce, produceValues, readBack } = stage

/** Maps, oneofs, groups and extensions, a nested message, imports, and all well-known types. */
const NAMES = [
  ...['maps', 'oneof, presence', 'proto2', 'nested, deep message', 'imports'],
  ...['well-known types', 'enums, open'],
]

interface Case {
  readonly golden: Golden
  readonly topic: string
  readonly values: readonly { readonly json: string; readonly back: unknown }[]
}

async function newCase(name: string): Promise<Case> {
  const golden = goldens.find((one) => one.name === name)
  assert.ok(golden, name)
  const values = golden.values.flatMap(({ json, payload, back }) => {
    const isUsual =
      json !== undefined &&
      back !== undefined &&
      !isDifferent(`${name} encode ${json}`) &&
      !isDifferent(`${name} decode ${payload}`)
    return isUsual ? [{ json, back: JSON.parse(back) }] : []
  })
  return { golden, topic: await newTopic(), values }
}

async function client(command: 'write' | 'read', cases: readonly Case[]): Promise<unknown[]> {
  const run = promisify(execFile)(
    join(commands, 'python'),
    [join(HERE, 'protobuf_client.py'), command, kafka.bootstrapServers, registryUrl],
    { timeout: DEADLINE_MS, maxBuffer: 64 * 1024 * 1024 },
  )
  const given = cases.map(({ golden, topic, values }) => ({
    topic,
    files: golden.descriptors,
    message: golden.message,
    values: values.map(({ json }) => json),
  }))
  run.child.stdin?.end(JSON.stringify(given))
  return JSON.parse((await run).stdout)
}

const written = await Promise.all(NAMES.map(newCase))
const ids = (await client('write', written)) as number[]

for (const [index, { golden, topic, values }] of written.entries()) {
  test(`reads what Confluent's client wrote: ${golden.name}`, async () => {
    const records = await readBack(topic, values.length, (text) => JSON.parse(text))
    assert.deepEqual(
      records.map(({ value }) => value),
      values.map(({ back }) => back),
    )
    assert.ok(ids[index])
  })
}

test("writes what Confluent's client reads, by the id of its schema", async () => {
  const again = await Promise.all(
    written.flatMap(({ golden }, index) =>
      golden.descriptorIndexes.length === 1
        ? [
            newCase(golden.name).then((one) => ({
              ...one,
              id: ids[index] ?? 0,
              of: written[index],
            })),
          ]
        : [],
    ),
  )
  for (const { of, id, values } of again) {
    // Under the subject of the client's own topic, behind its records.
    await produceValues(
      of?.topic ?? '',
      id,
      values.map(({ json }) => json),
    )
  }
  const all = again.map((one) => ({
    ...one,
    topic: one.of?.topic ?? '',
    values: [...one.values, ...one.values],
  }))
  const read = (await client('read', all)) as string[][]
  assert.deepEqual(
    read.map((texts) => texts.map((text) => JSON.parse(text))),
    all.map(({ values }) => values.map(({ back }) => back)),
  )
})

test('a descriptor in a request is the schema that the client registered', async () => {
  const registryClient = newClient(registryUrl)
  try {
    const index = NAMES.indexOf('maps')
    const [one, id] = [written[index], ids[index] ?? 0]
    const text = (await registryClient.getSchema(id)).text
    const answer = await produce(one?.topic ?? '', { value_schema: text }, ['{"value":{}}'])
    assert.deepEqual([answer.status, answer.body.value_schema_id], [200, id], answer.text)
  } finally {
    registryClient.close()
  }
})
