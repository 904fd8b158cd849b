/** Producing at full speed: 32 clients, 100 binary records of 100 bytes a request. */
import { CORRECTNESS, DURATION } from './v2-requests.js'

export { produceBatch, warmUp as setup } from './v2-requests.js'

export const options = {
  scenarios: {
    produce: { executor: 'constant-vus', vus: 32, duration: DURATION, exec: 'produceBatch' },
  },
  thresholds: {
    ...CORRECTNESS,
    'http_req_duration{name:produce}': ['p(99)<1000'],
  },
}
