/** The registry's client with a real registry. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { RegistryClient, StoredSchema } from '../../../src/schema-registry/client.ts'
import type { RegistryError } from '../../../src/schema-registry/registry-error.ts'
import { type Registry, sharedRegistry, startRegistry } from '../../cluster/registry.ts'
import { uniqueName } from '../stage.ts'
import { newClient, refused } from './registry-client.ts'

const PROTO = 'syntax = "proto3";\nmessage Sent {\n  string name = 1;\n}\n'

function avro(name: string, fields: readonly object[] = []): StoredSchema {
  const text = JSON.stringify({ type: 'record', name, namespace: 'test', fields })
  return { type: 'AVRO', text, references: [] }
}

describe('a registry', () => {
  let registry: Registry
  let client: RegistryClient

  before(async () => {
    registry = await sharedRegistry()
    client = newClient(registry.url)
  })
  after(async () => {
    client.close()
    await registry.stop()
  })

  it('registers a schema and gives it back by id, by version and by its text', async () => {
    const subject = uniqueName('subject')
    const first = avro(uniqueName('First').replaceAll('-', '_'))
    const second = avro(uniqueName('Second').replaceAll('-', '_'))

    const id = await client.register(subject, first)
    const secondId = await client.register(subject, second)

    assert.equal(await client.register(subject, first), id, 'again')
    assert.notEqual(secondId, id)
    const schema = { ...first, references: [] }
    assert.deepEqual(await client.getSchema(id), schema)
    assert.deepEqual(await client.getVersion(subject, 1), { subject, id, version: 1, schema })
    assert.deepEqual(await client.lookUp(subject, first), { subject, id, version: 1 })
    const latest = await client.getVersion(subject, 'latest')
    assert.deepEqual([latest.id, latest.version], [secondId, 2])
    assert.equal(await client.getVersionOfId(subject, secondId), 2)
  })

  it('asks others than it has registered with', async () => {
    const subject = uniqueName('subject')
    const schema = avro(uniqueName('Other').replaceAll('-', '_'))
    const id = await client.register(subject, schema)
    const other = newClient(registry.url)
    assert.equal((await other.getSchema(id)).text, schema.text)
    assert.equal(await other.getVersionOfId(subject, id), 1)
    assert.deepEqual(await other.lookUp(subject, schema), { subject, id, version: 1 })
    other.close()
  })

  it('knows the types of schemas', async () => {
    const subject = uniqueName('subject')
    const json = '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}'
    const schemas: StoredSchema[] = [
      { type: 'JSON', text: json, references: [] },
      { type: 'PROTOBUF', text: PROTO, references: [] },
    ]
    for (const schema of schemas) {
      const id = await client.register(`${subject}-${schema.type}`, schema)
      assert.deepEqual(await client.getSchema(id), { ...schema, references: [] })
    }
  })

  it('resolves references through others, in the order in which they can be compiled', async () => {
    const subject = uniqueName('subject')
    const [inner, middle, outer] = [`${subject}-inner`, `${subject}-middle`, `${subject}-outer`]
    const street = avro('Street', [{ name: 'name', type: 'string' }])
    const address: StoredSchema = {
      ...avro('Address', [{ name: 'street', type: 'test.Street' }]),
      references: [{ name: 'test.Street', subject: inner, version: 1 }],
    }
    const person: StoredSchema = {
      ...avro('Person', [
        { name: 'home', type: 'test.Address' },
        { name: 'born', type: 'test.Street' },
      ]),
      references: [
        { name: 'test.Address', subject: middle, version: 1 },
        { name: 'test.Street', subject: inner, version: 1 },
      ],
    }
    await client.register(inner, street)
    await client.register(middle, address)
    const id = await client.register(outer, person)

    const schema = await client.getSchema(id)

    assert.deepEqual(schema, {
      type: 'AVRO',
      text: person.text,
      references: [
        { name: 'test.Street', text: street.text },
        { name: 'test.Address', text: address.text },
      ],
    })
    assert.deepEqual((await client.getVersion(outer, 'latest')).schema, schema)
    assert.equal((await client.lookUp(outer, person)).id, id)
  })

  it('takes any name of a subject', async () => {
    const subject = uniqueName('a/b ü?&#%:.')
    const schema = avro(uniqueName('Odd').replaceAll('-', '_'))
    const id = await client.register(subject, schema)
    assert.deepEqual(await client.lookUp(subject, schema), { subject, id, version: 1 })
    assert.equal((await client.getVersion(subject, 1)).id, id)
    assert.deepEqual(await client.getSubjectVersions(id), [{ subject, version: 1 }])
  })

  it('says what there is not, with the code of Confluent', async () => {
    const [subject, other] = [uniqueName('subject'), uniqueName('subject')]
    const schema = avro(uniqueName('Known').replaceAll('-', '_'))
    const unknown = avro('Unknown')
    const id = await client.register(subject, schema)
    await assert.rejects(client.getSchema(2_000_000_000), refused(40403))
    await assert.rejects(client.getSubjectVersions(2_000_000_000), refused(40403))
    await assert.rejects(client.getVersion(other, 'latest'), refused(40401))
    await assert.rejects(client.getVersion(subject, 7), refused(40402))
    await assert.rejects(client.lookUp(other, schema), refused(40401))
    await assert.rejects(client.lookUp(subject, unknown), refused(40403))
    await assert.rejects(client.getVersionOfId(other, id), refused(40403))
    const nonsense: StoredSchema = { type: 'AVRO', text: 'nonsense', references: [] }
    await assert.rejects(client.register(subject, nonsense), refused(42201))
  })

  it('knows at once that another client has registered an id for one more subject', async () => {
    const [subject, second] = [uniqueName('subject'), uniqueName('subject')]
    const schema = avro(uniqueName('Shared').replaceAll('-', '_'))
    const id = await client.register(subject, schema)
    const other = newClient(registry.url)
    assert.equal(await other.getVersionOfId(subject, id), 1)
    await client.register(second, schema)
    assert.equal(await other.getVersionOfId(second, id), 1)
    other.close()
  })

  it('finds at once what was missing until it was registered', async () => {
    const patient = newClient(registry.url, { 'sluice.schema.registry.missing.ttl.ms': 600_000 })
    const subject = uniqueName('subject')
    const schema = avro(uniqueName('Late').replaceAll('-', '_'))
    const otherId = await patient.register(uniqueName('subject'), schema)
    await assert.rejects(patient.lookUp(subject, schema), refused(40401))
    await assert.rejects(patient.getVersion(subject, 'latest'), refused(40401))
    await assert.rejects(patient.getVersionOfId(subject, otherId), refused(40403))

    const id = await patient.register(subject, schema)

    assert.equal(id, otherId)
    assert.equal((await patient.lookUp(subject, schema)).id, id)
    assert.equal((await patient.getVersion(subject, 'latest')).id, id)
    assert.equal(await patient.getVersionOfId(subject, id), 1)
    patient.close()
  })

  it('compares in the normal form when it is told to', async () => {
    const subject = uniqueName('subject')
    const name = uniqueName('Normal').replaceAll('-', '_')
    const tight = { ...avro(name), text: `{"type":"record","name":"${name}","fields":[]}` }
    const loose = { ...tight, text: `{ "fields": [], "name": "${name}", "type": "record" }` }
    const id = await client.register(subject, tight)
    const normalizing = newClient(registry.url, { 'normalize.schemas': 'true' })
    assert.equal((await normalizing.lookUp(subject, loose)).id, id)
    normalizing.close()
  })

  it('refuses what is not compatible', async () => {
    const subject = uniqueName('subject')
    const name = uniqueName('Evolving').replaceAll('-', '_')
    await client.register(subject, avro(name))
    const response = await fetch(`${registry.url}/config/${subject}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"compatibility":"BACKWARD"}',
    })
    assert.ok(response.ok)
    const field = { name: 'added', type: 'string' }
    await assert.rejects(client.register(subject, avro(name, [field])), refused(409))
  })
})

describe('a registry that goes away', () => {
  it('is still answered for, as far as it was asked', async () => {
    const registry = await startRegistry()
    const client = newClient(registry.url)
    const schema = avro('Remembered')
    const id = await client.register('gone', schema)
    await client.getSchema(id)
    await client.getVersion('gone', 'latest')
    await client.lookUp('gone', schema)

    await registry.stop()

    assert.equal((await client.getSchema(id)).text, schema.text)
    assert.equal((await client.getVersion('gone', 'latest')).version, 1)
    assert.equal((await client.lookUp('gone', schema)).id, id)
    assert.equal(await client.getVersionOfId('gone', id), 1)
    assert.equal(client.readings.stale, 1)
    await assert.rejects(client.getSchema(id + 1), (error: RegistryError) => {
      assert.equal(error.failure, 'unavailable')
      assert.match(error.message, /^GET \/schemas\/ids\/\d+ got no answer: .*ECONNREFUSED/)
      return true
    })
    client.close()
  })
})
