/** Reading a backlog at full speed: 8 groups of one instance each, over and over again. */
import { check } from 'k6'
import exec from 'k6/execution'
import {
  binaryBody,
  CORRECTNESS,
  DURATION,
  instanceOf,
  produce,
  read,
  remove,
  runId,
  seekToBeginning,
  subscribe,
} from './v2-requests.js'

const READERS = 8
const BACKLOG_REQUESTS = 200
const RECORDS = 500
const BODY = binaryBody(RECORDS, 100)

export const options = {
  setupTimeout: '3m',
  scenarios: {
    consume: { executor: 'constant-vus', vus: READERS, duration: DURATION, exec: 'readOn' },
  },
  thresholds: {
    ...CORRECTNESS,
    // A read at the end of the backlog waits for its timeout of 1 s.
    'http_req_duration{name:read}': ['p(99)<3000'],
  },
}

/** Of this reader alone: every virtual user of k6 has its own copy of the module. */
let instance
/** Partition to the offset that must come next; empty before the first record of a round. */
const expected = new Map()

export function setup() {
  for (let i = 0; i < BACKLOG_REQUESTS; i++) produce(BODY, RECORDS)
  return runId()
}

export function readOn(run) {
  if (!instance) {
    instance = readerOf(run, exec.vu.idInTest)
    subscribe(instance)
  }
  const records = read(instance, '?max_bytes=262144')
  if (records.length === 0 && expected.size > 0) {
    seekToBeginning(instance)
    expected.clear()
    return
  }
  check(records, { 'offsets follow each other': followEachOther })
}

export function teardown(run) {
  for (let id = 1; id <= READERS; id++) remove(readerOf(run, id))
}

function readerOf(run, id) {
  return instanceOf(`consume-${run}-${id}`, `reader-${id}`)
}

function followEachOther(records) {
  return records.every(({ partition, offset }) => {
    const isNext = offset === (expected.get(partition) ?? offset)
    expected.set(partition, offset + 1)
    return isNext
  })
}
