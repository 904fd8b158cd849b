/** Many idle instances: 200 groups in long polls, and a producer to another topic beside them. */
import { check } from 'k6'
import exec from 'k6/execution'
import {
  CORRECTNESS,
  DURATION,
  instanceOf,
  read,
  remove,
  runId,
  subscribe,
  TOPIC,
  warmUp,
} from './v2-requests.js'

export { produceBatch } from './v2-requests.js'

const READERS = 200
const LONG_POLL = { 'consumer.request.timeout.ms': 5000 }

export const options = {
  scenarios: {
    wait: { executor: 'constant-vus', vus: READERS, duration: DURATION, exec: 'waitForRecords' },
    produce: {
      executor: 'constant-arrival-rate',
      rate: 200,
      preAllocatedVUs: 50,
      // When the groups have formed, which keeps Kafka busy.
      startTime: '5s',
      duration: DURATION,
      exec: 'produceBatch',
    },
  },
  thresholds: {
    ...CORRECTNESS,
    'http_req_duration{name:produce}': ['p(99)<1000'],
    // A second more than the long poll itself.
    'http_req_duration{name:read}': ['p(99)<6000'],
  },
}

/** Whether this virtual user has its instance already. */
let isSubscribed = false

export function setup() {
  warmUp()
  return runId()
}

export function waitForRecords(run) {
  const instance = instanceOf(`wait-${run}-${exec.vu.idInTest}`, 'waiter')
  if (!isSubscribed) subscribe(instance, LONG_POLL, `${TOPIC}-idle`)
  isSubscribed = true
  check(read(instance), { 'an idle read is empty': (records) => records.length === 0 })
  // Every reader's last poll outlasts the scenario.
  if (exec.scenario.progress >= 1) remove(instance)
}
