/** Producing at full speed: 32 clients, 100 binary records of 100 bytes a request. */
import { binaryBody, CORRECTNESS, DURATION, produce, warmUp } from './v2-requests.js'

const RECORDS = 100
const BODY = binaryBody(RECORDS, 100)

export const options = {
  scenarios: {
    produce: { executor: 'constant-vus', vus: 32, duration: DURATION, exec: 'produceBatch' },
  },
  thresholds: {
    ...CORRECTNESS,
    'http_req_duration{name:produce}': ['p(99)<1000'],
  },
}

export function setup() {
  warmUp()
}

export function produceBatch() {
  produce(BODY, RECORDS)
}
