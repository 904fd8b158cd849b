/** The routes whose requests are all in the audit log. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROUTES } from '../../../src/api/routes.ts'

const isAudited = ({ isAudited: is }: (typeof ROUTES)[number]) => is === true

test('are those that change topics, configs or rights for all clients', () => {
  const names = ROUTES.filter(isAudited).flatMap(({ resource }) => resource?.names ?? [])
  for (const name of ['api.v3.topics.create', 'api.v3.topics.delete', 'api.v3.acls.delete']) {
    assert.ok(names.includes(name), name)
  }
  assert.deepEqual(
    names.filter(
      (name) =>
        !/\.(create|batch-create|update|delete|alter|alter-multi|partitions|reset|elect)$/.test(
          name,
        ),
    ),
    [],
  )
})

test('are none that read, and none of records and of consumer instances', () => {
  const others = ROUTES.filter((route) => !isAudited(route))
  assert.ok(ROUTES.filter(isAudited).every(({ method }) => method !== 'GET'))
  const writing = others.filter(({ method }) => method !== 'GET')
  assert.ok(
    writing.every(({ path }) => /^\/$|^\/(consumers|topics)\/|\/records(:batch)?$/.test(path)),
    writing.map(({ path }) => path).join(' '),
  )
})
