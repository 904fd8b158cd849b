/** With whose login the registry of the process is asked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import type { RegistryClient } from '../../../src/schema-registry/client.ts'
import { sourcesOf } from '../../../src/serde/registry-sources.ts'

/** A client that notes with which login it is asked for which schema. */
function client(needsLogins: boolean) {
  const asked: unknown[] = []
  const viewOf = (login: string | undefined) => ({
    async getSchema(id: number) {
      asked.push([login, id])
    },
  })
  const own = { ...viewOf(undefined), needsLogins, as: viewOf }
  return { asked, sources: sourcesOf(own as unknown as RegistryClient) }
}

test('each caller asks with its own login', async () => {
  const { asked, sources } = client(true)
  for (const [login, id] of [
    ['Basic YQ==', 1],
    ['Bearer a', 2],
    ['Basic YQ==', 3],
  ] as const) {
    await sources.of(login).findSchema(id)
  }
  assert.deepEqual(asked, [
    ['Basic YQ==', 1],
    ['Bearer a', 2],
    ['Basic YQ==', 3],
  ])
})

test('a caller without a login is refused, and nothing is asked', () => {
  const { asked, sources } = client(true)
  assert.throws(
    () => sources.of(undefined).findSchema(1),
    (error) => error instanceof RestError && error.code === 40301,
  )
  assert.deepEqual(asked, [])
})

test('all share the login of the process where the registry knows no other', async () => {
  const { asked, sources } = client(false)
  await sources.of(undefined).findSchema(1)
  await sources.of('Basic YQ==').findSchema(2)
  assert.deepEqual(asked, [
    [undefined, 1],
    [undefined, 2],
  ])
})
