/**
 * A day in short: a light steady load, one group reading it, and instances that come and go. What
 * leaks shows here: run.ts fails the run when the memory grows.
 */
import exec from 'k6/execution'
import { LATENCY, MEMBER_SCENARIOS } from './end-to-end.js'
import { CORRECTNESS, DURATION, instanceOf, read, remove, subscribe } from './v2-requests.js'

export { produceTimed, readAndCommit, setup, teardown } from './end-to-end.js'

export const options = {
  teardownTimeout: '3m',
  scenarios: {
    ...MEMBER_SCENARIOS,
    produce: {
      executor: 'constant-arrival-rate',
      rate: 100,
      preAllocatedVUs: 50,
      duration: DURATION,
      exec: 'produceTimed',
    },
    visit: { executor: 'constant-vus', vus: 2, duration: DURATION, exec: 'comeAndGo' },
  },
  thresholds: { ...CORRECTNESS, ...LATENCY },
}

/** One visit: an instance is created, reads the latest records, and is deleted. */
export function comeAndGo(run) {
  const visit = `visit-${run}-${exec.vu.idInTest}-${exec.vu.iterationInScenario}`
  const visitor = instanceOf(visit, visit, 'json')
  subscribe(visitor, { 'auto.offset.reset': 'latest' })
  read(visitor)
  remove(visitor)
}
