/**
 * What others feel while readers stall in the middle of large responses: 8 producers. k6 cannot
 * read slowly, so the stalled readers are run.ts's (stalled-readers.ts), and without it this is a
 * light produce.js.
 */
import { binaryBody, CORRECTNESS, DURATION, produce, warmUp } from './v2-requests.js'

const RECORDS = 100
const BODY = binaryBody(RECORDS, 100)

export const options = {
  scenarios: {
    produce: { executor: 'constant-vus', vus: 8, duration: DURATION, exec: 'produceBatch' },
  },
  thresholds: { ...CORRECTNESS, 'http_req_duration{name:produce}': ['p(99)<1000'] },
}

export function setup() {
  warmUp()
}

export function produceBatch() {
  produce(BODY, RECORDS)
}
