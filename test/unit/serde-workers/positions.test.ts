/** What an event loop knows of a response that a worker makes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import { Positions } from '../../../src/serde-workers/positions.ts'
import {
  encodeText,
  readEncodeText,
  readLogin,
  readRefusal,
  refusalText,
  withLogin,
} from '../../../src/serde-workers/protocol.ts'
import { routeOfFrames } from '../../../src/serde-workers/route.ts'
import { WorkerLoads } from '../../../src/serde-workers/worker-loads.ts'
import { inKafka } from '../serde/fake-schemas.ts'
import { arrayOf } from '../serde/frame-writer.ts'

const text = (next: readonly object[]) => Buffer.from(JSON.stringify(next))
const at = (offset: number, partition = 0, topic = 't') => ({ topic, partition, offset })

test('the position of a partition is the last one that a chunk came with', () => {
  const positions = new Positions()
  positions.stage(text([at(5), at(7, 1)]), 1)
  assert.deepEqual(positions.all(), [], 'the chunk may not come')
  positions.onChunk()
  positions.stage(text([at(9), at(1, 0, 'u')]), 1)
  positions.onChunk()
  assert.deepEqual(positions.all(), [at(9), at(7, 1), at(1, 0, 'u')])
})

test('a record that fills several chunks is whole with the last one', () => {
  const positions = new Positions()
  positions.stage(text([at(1)]), 1)
  positions.onChunk()
  positions.stage(text([at(2)]), 2)
  positions.onChunk()
  assert.deepEqual([positions.isWhole, positions.all()], [false, [at(1)]])
  positions.onChunk()
  assert.deepEqual([positions.isWhole, positions.all()], [true, [at(2)]])
})

test('the positions of a long response take little memory', () => {
  const positions = new Positions()
  for (let offset = 0; offset < 1000; offset++) {
    positions.stage(text([at(offset, offset % 3)]), 1)
    positions.onChunk()
  }
  assert.deepEqual(positions.all(), [at(999), at(997, 1), at(998, 2)])
})

test('frames go by the schema of their first record', () => {
  const frame = (key?: Buffer, value?: Buffer) =>
    routeOfFrames(arrayOf([{ topic: 't', partition: 0, offset: 0, key, value }]))
  assert.equal(frame(undefined, inKafka(7, '1')), 7)
  assert.equal(frame(inKafka(5, '1'), inKafka(7, '1')), 7)
  assert.equal(frame(inKafka(5, '1'), undefined), 5)
  assert.equal(frame(undefined, Buffer.from('abc')), 0)
  assert.equal(frame(undefined, Buffer.from([0, 255, 255, 255, 255])), 0)
  assert.equal(frame(), 0)
  assert.equal(routeOfFrames(Buffer.from('[]')), 0)
})

test('errors keep their names on their way from a worker', () => {
  const error = readRefusal(refusalText(new RestError('OUT_OF_TIME', 'too much work')))
  assert.deepEqual([error.name, error.message], ['OUT_OF_TIME', 'too much work'])
  const topic = 'a topic with spaces'
  assert.deepEqual(readEncodeText(encodeText('JSON', topic)), { type: 'JSON', topic })
})

test('a job has the login of its caller, or none', () => {
  for (const login of ['Basic YTpi', 'Bearer a.b.c', undefined]) {
    for (const text of ['AVRO t', '', 'two\nlines']) {
      assert.deepEqual(readLogin(withLogin(login, text)), { login, text })
    }
  }
})

test('the jobs of workers are counted by all event loops', () => {
  const loads = new WorkerLoads(3)
  const others = new WorkerLoads(loads.memory)
  loads.add(0, 2)
  others.add(1, 1)
  assert.deepEqual([loads.of(1), others.of(0), loads.total, loads.leastLoaded()], [1, 2, 3, 2])
  others.add(1, -1)
  assert.equal(loads.leastLoaded(), 1)
})
