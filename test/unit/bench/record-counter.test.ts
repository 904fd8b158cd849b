/** Records in responses of any proxy, as `npm run bench:rival` counts them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecordCounter } from '../../../bench/rival/backlog.ts'

const RESPONSE = Buffer.from(
  '[{"topic":"offset","key":null,"value":"b2Zmc2V0","partition":0,"offset":1},' +
    '{"topic": "t", "offset": 2, "value": null}]',
)

test('records are counted wherever the response is cut', () => {
  for (let size = 1; size <= RESPONSE.length; size++) {
    const counter = new RecordCounter()
    for (let at = 0; at < RESPONSE.length; at += size) {
      counter.add(RESPONSE.subarray(at, at + size))
    }
    assert.equal(counter.records, 2, `pieces of ${size} bytes`)
  }
})
