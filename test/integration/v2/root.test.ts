/** `/`: what load balancers ask. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { V2 } from '../../media-types.ts'
import { setTheStage } from '../stage.ts'

const { rest } = await setTheStage()

test('GET / is an empty object of the v2 type', async () => {
  const { status, headers, text } = await rest.get('/')
  assert.deepEqual([status, headers['content-type'], text], [200, V2, '{}'])
})

for (const body of [undefined, '', 'null', '{}', '{"any":"text"}']) {
  test(`POST / takes ${body === '' ? 'an empty body' : (body ?? 'no body')}`, async () => {
    const { status, text } = await rest.post('/', body, { 'content-type': V2 })
    assert.deepEqual([status, text], [200, '{}'])
  })
}

for (const body of ['[]', '"text"', '{"any":{}}', '{']) {
  test(`POST / refuses ${body}`, async () => {
    const { status, body: answer } = await rest.post('/', body)
    assert.deepEqual([status, answer.error_code], [400, 400])
  })
}

test('HEAD / has the headers of GET / and no body', async () => {
  const get = await rest.get('/')
  const head = await rest.send('HEAD', '/')
  assert.deepEqual([head.status, head.text], [200, ''])
  assert.equal(head.headers['content-length'], get.headers['content-length'])
  assert.equal(head.headers['content-type'], V2)
})
