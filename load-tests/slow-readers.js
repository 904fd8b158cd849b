/**
 * What others feel while readers stall in the middle of large responses: 8 producers. k6 cannot
 * read slowly, so the stalled readers are run.ts's (stalled-readers.ts), and without it this is a
 * light produce.js.
 */
import { CORRECTNESS, DURATION } from './v2-requests.js'

export { produceBatch, warmUp as setup } from './v2-requests.js'

export const options = {
  scenarios: {
    produce: { executor: 'constant-vus', vus: 8, duration: DURATION, exec: 'produceBatch' },
  },
  thresholds: { ...CORRECTNESS, 'http_req_duration{name:produce}': ['p(99)<1000'] },
}
