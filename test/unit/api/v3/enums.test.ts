/** Enums in bodies of the v3 API. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serve } from '../fake-server.ts'

const CLUSTER = '/v3/clusters/c'
const ACL = {
  resource_type: 'TOPIC',
  resource_name: 't',
  pattern_type: 'LITERAL',
  principal: 'User:a',
  host: '*',
  operation: 'READ',
  permission: 'ALLOW',
}

const post = (admin: object, path: string, body: object) =>
  serve({ admin: { clusterId: async () => 'c', ...admin }, resourceNameAuthority: '' }).ask(path, {
    method: 'POST',
    contentType: 'application/json',
    body,
  })

test('a number stands for the name of a value of an ACL', async () => {
  const created: object[] = []
  const admin = { createAcls: async (acls: object[]) => created.push(...acls) }
  const numbers = { resource_type: 2, pattern_type: 3, operation: 3, permission: '3' }
  for (const acl of [ACL, { ...ACL, ...numbers }]) {
    assert.equal((await post(admin, `${CLUSTER}/acls`, acl)).status, 201)
  }
  assert.deepEqual(created[1], created[0])
  for (const acl of [
    { ...ACL, pattern_type: 5 },
    { ...ACL, operation: -1 },
    { ...ACL, permission: 'allow' },
  ]) {
    assert.equal((await post(admin, `${CLUSTER}/acls`, acl)).status, 400)
  }
  const { json } = await post(admin, `${CLUSTER}/acls`, { ...ACL, pattern_type: 2 })
  assert.equal((json as { message: string }).message, 'Bad Request: pattern_type cannot be MATCH')
})

test('a number stands for the operation on a config', async () => {
  const changes: unknown[] = []
  const admin = {
    alterDefaultConfigs: async (_principal: unknown, asked: readonly unknown[]) =>
      changes.push(...asked),
  }
  const alter = (operation: unknown) =>
    post(admin, `${CLUSTER}/broker-configs:alter`, { data: [{ name: 'n', value: 'v', operation }] })
  for (const operation of ['SET', 0, 'DELETE', 1]) {
    assert.equal((await alter(operation)).status, 204)
  }
  const [set, deleted] = [
    { name: 'n', value: 'v' },
    { name: 'n', value: null },
  ]
  assert.deepEqual(changes, [set, set, deleted, deleted])
  for (const operation of ['set', 2, '']) assert.equal((await alter(operation)).status, 400)
})
