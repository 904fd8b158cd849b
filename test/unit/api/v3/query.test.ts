/** Query strings of the v3 API. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeQuery, enumValueOf, ordinalOf } from '../../../../src/api/v3/query.ts'
import { serve } from '../fake-server.ts'

test('a NUL in a parameter is refused, and Kafka is asked for nothing: it would end the name there', async () => {
  // An admin client that is asked for nothing.
  const { ask, defects } = serve({ admin: {}, resourceNameAuthority: '' })
  const enums = 'resource_type=any&pattern_type=any&operation=any&permission=any'
  for (const name of ['resource_name', 'principal', 'host']) {
    for (const method of ['GET', 'DELETE'] as const) {
      const query = `${enums}&${name}=secret%00x`
      const { status, json } = await ask('/v3/clusters/c/acls', { method, query })
      assert.equal(status, 400, `${method} ${name}`)
      assert.equal((json as { error_code: number }).error_code, 400)
    }
  }
  assert.deepEqual(defects, [])
})

test('of repeated parameters the first counts, and unknown ones are ignored', () => {
  const spec = {
    name: { type: 'text', description: '' },
    all: { type: 'flag', description: '' },
    ids: { type: 'list', description: '' },
    size: { type: 'long', description: '' },
  } as const
  const values = decodeQuery('name=a&name=b&other=c&all=TRUE&ids=x,y&size=-5', spec)
  assert.deepEqual(values, { name: 'a', all: true, ids: ['x', 'y'], size: -5 })
  assert.deepEqual(decodeQuery('all=1', spec), { all: false })
  assert.deepEqual(decodeQuery('', spec), {})
  assert.throws(() => decodeQuery('size=5x', spec), { status: 404 })
})

test('the case of an enum counts in bodies and not in queries, and bodies have numbers, too', () => {
  const names = ['UNKNOWN', 'ANY', 'READ']
  assert.equal(enumValueOf({ type: 'T', names }, 'any'), 1)
  assert.throws(() => enumValueOf({ type: 'T', names }, '1'), {
    status: 404,
    message: "The valid values for T do not include '1'",
  })
  assert.deepEqual(
    ['READ', 'read', '0', '2', '3', '02', '-1', '100', ''].map((text) => ordinalOf(names, text)),
    [2, -1, 0, 2, -1, 2, -1, -1, -1],
  )
})
