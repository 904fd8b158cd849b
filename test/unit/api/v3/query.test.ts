/** Query strings of the v3 API. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
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
