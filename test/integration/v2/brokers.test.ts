/** `GET /brokers`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { V2 } from '../../media-types.ts'
import { setTheStage } from '../stage.ts'

const { rest } = await setTheStage()

test('the ids of the brokers are listed', async () => {
  const { status, headers, text } = await rest.get('/brokers')
  assert.deepEqual([status, headers['content-type'], text], [200, V2, '{"brokers":[1]}'])
})

test('any content type is as good as none', async () => {
  const { status } = await rest.get('/brokers', { 'content-type': 'application/json' })
  assert.equal(status, 200)
})
