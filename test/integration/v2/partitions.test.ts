/** `/topics/{topic}/partitions`, reading. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTheStage, uniqueName } from '../stage.ts'

const { rest, witness, newTopic } = await setTheStage()

const topic = await newTopic({ partitions: 2 })
const replicas = [{ broker: 1, leader: true, in_sync: true }]

test('partitions are listed', async () => {
  const { status, body } = await rest.get(`/topics/${topic}/partitions`)
  assert.equal(status, 200)
  assert.deepEqual(body, [
    { partition: 0, leader: 1, replicas },
    { partition: 1, leader: 1, replicas },
  ])
})

for (const id of ['1', '+1', '01']) {
  test(`partition ${id} is described`, async () => {
    const { status, body } = await rest.get(`/topics/${topic}/partitions/${id}`)
    assert.equal(status, 200)
    assert.deepEqual(body, { partition: 1, leader: 1, replicas })
  })
}

test('offsets are those of the first record and of the next', async () => {
  const own = await newTopic({ partitions: 2 })
  const record = { partition: 1, value: Buffer.from('v') }
  await witness.produce(own, [record, record, record])
  const empty = await rest.get(`/topics/${own}/partitions/0/offsets`)
  const written = await rest.get(`/topics/${own}/partitions/1/offsets`)
  assert.equal(empty.text, '{"beginning_offset":0,"end_offset":0}')
  assert.equal(written.text, '{"beginning_offset":0,"end_offset":3}')
})

for (const path of ['partitions', 'partitions/0', 'partitions/0/offsets']) {
  test(`${path} of an unknown topic is 40403`, async () => {
    const { status, body } = await rest.get(`/topics/${uniqueName('nobody')}/${path}`)
    assert.equal(status, 404)
    assert.deepEqual(body, {
      error_code: 40403,
      message: 'This server does not host this topic-partition.',
    })
  })

  test(`${path} of an illegal topic is 40002`, async () => {
    const { status, body } = await rest.get(`/topics/a%20b/${path}`)
    assert.deepEqual([status, body.error_code], [400, 40002])
  })
}

for (const id of ['2', '-1', '2147483647']) {
  for (const suffix of ['', '/offsets']) {
    test(`partition ${id}${suffix} of an existing topic is 40402`, async () => {
      const { status, body } = await rest.get(`/topics/${topic}/partitions/${id}${suffix}`)
      assert.equal(status, 404)
      assert.deepEqual(body, { error_code: 40402, message: 'Partition not found.' })
    })
  }
}

for (const id of ['x', '1.0', '0x1', '2147483648', '99999999999', '%20']) {
  test(`a path with partition ${id} does not exist`, async () => {
    const { status, body } = await rest.get(`/topics/${topic}/partitions/${id}`)
    assert.equal(status, 404)
    assert.deepEqual(body, { error_code: 404, message: 'HTTP 404 Not Found' })
  })
}
